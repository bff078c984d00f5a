# The details of the selected connection.

## The panel

details-copy = copy
details-copy-name = Copy the details
details-close = Close the details

## Labels of the lines

details-label-process = process
details-label-program = program
details-label-shared-by = shared by
details-label-unit = unit
details-label-user = user
details-label-remote = remote
details-label-local = local
details-label-interface = interface
details-label-socket = socket
details-label-opened-by = opened by
details-label-address-type = address type
details-label-place = place
details-label-accuracy = accuracy
details-label-distance = distance
details-label-on-the-globe = on the globe
details-label-operator = operator
details-label-anycast = anycast
details-label-database = database
details-label-location-check = location check
details-label-was-open-for = was open for
details-label-open-for = open for
details-label-opened = opened
details-label-note = note
details-label-traffic = traffic
details-label-send-rate = send rate
details-label-receive-rate = receive rate
details-label-sent = sent
details-label-received = received
details-label-round-trip-time = round-trip time
details-label-delivery-rate = delivery rate
details-label-retransmitted = retransmitted
details-label-represents = represents
details-label-drawn = drawn

## Title and state

details-title-listens = { $process } listens on { $local }
details-title-at = { $process } at { $local }
details-kind-city = city
details-kind-country = country
details-kind-anycast = anycast
details-doubtful = map location doubtful (not a security warning)
details-closed-now = closed just now
details-closed-ago = closed { $duration } ago

## Who communicates with whom, in a sentence

details-summary-unit = The service { $unit }
details-summary-user = A process of user { $user }
details-summary-kernel = The kernel
details-summary-unknown = An unknown process
details-summary-waits = { $who } on this computer waits for connections on { $protocol } port { $port }.
details-summary-waited = { $who } on this computer waited for connections on { $protocol } port { $port }.
details-summary-is-connected = { $who } on this computer is connected; the system does not report to whom.
details-summary-was-connected = { $who } on this computer was connected; the system does not report to whom.
details-summary-is-out = { $who } on this computer is connected to port { $port } of { $peer }.
details-summary-was-out = { $who } on this computer was connected to port { $port } of { $peer }.
details-summary-is-in = { $who } on this computer is connected with { $peer }, which opened the connection to port { $port }.
details-summary-was-in = { $who } on this computer was connected with { $peer }, which opened the connection to port { $port }.
details-peer-here = another program on this computer
details-peer-lan = { $address } on the local network
details-peer-operator = { $peer } of { $operator }
details-peer-place = { $peer }, located in { $place }
details-peer-place-doubtful = { $peer }, located in { $place } (doubtful)

## Reasons for unknown values, used for several lines

details-not-reported = not reported by this source
details-not-recorded = not in the recording
details-none-simulated = none: simulated connection
details-simulated = simulated connection
details-not-in-database = not in the database
details-not-counted = not measured: this kernel does not count it
details-not-measured = not measured

## The owner

details-process = { $name } (pid { $pid })
details-program-not-permitted = no permission to read its path
details-shared-by = pids { $pids }; the newest is shown
details-user = { $name } (uid { $uid })
details-uid = uid { $uid }
details-no-unit = not part of a named service, scope or container

## The socket

details-remote-listening = none: this socket waits for connections
details-interface = { $name } (the socket is bound to it)
details-opened-here = this computer
details-opened-remotely = the remote end
details-opened-unknown = unknown: not reported by this source
details-reach-all = listens on every address of this computer
details-reach-this-computer = reachable from this computer only
details-reach-lan = listens on an address of the local network
details-reach-carrier = listens on an address of the carrier's network
details-reach-multicast = listens to a multicast group
details-reach-address = listens on this address only

## The place

details-place-country-centre = country only: could be anywhere in it; the arc ends in its centre
details-place-country = country only: the database names no city
details-place-anycast = anycast: many servers share this address; which one answers is unknown
details-accuracy-country = within { $km } km: anywhere in the country
details-accuracy-simulated = within { $km } km (simulated)
details-accuracy-database = within { $km } km, according to the database
details-accuracy-unknown = unknown: { $why }
details-accuracy-unknown-drawn = unknown: { $why }; the circle shows { $km } km
details-distance = { $km } km from home
details-distance-country = { $km } km from home to the point in its country
details-distance-estimated = { $km } km from home ± { $error } km (home is estimated)
details-distance-country-estimated = { $km } km from home to the point in its country ± { $error } km (home is estimated)
details-distance-unknown = unknown: no home is set
details-database = { $name }, built { $built }
details-database-simulated = not used: the place is simulated
details-database-none = no database has this address
details-check-holds = { $doubt } This holds wherever this computer is within { $km } km of { $home }.
details-check-needs-home = needs an exact home; if this computer is in { $home }: { $doubt }
details-spot-listening = not shown: a listening socket has no remote end
details-spot-untold = not shown: the remote end is not reported
details-spot-lan = on the ring around home (local network)
details-spot-loop = a loop at home (both ends on this computer)
details-spot-shell = above the north pole, with the other addresses of unknown location
details-spot-elsewhere = not shown: no single computer has this address

## Times

details-short-lived = less than the time between two samples
details-at-least = at least { $duration }
details-opened-before = before the first sample; the system does not report when

## Traffic

details-note-simulated = simulated: nothing here was measured
details-traffic-udp = not measured: the system does not count the bytes of a UDP socket
details-traffic-ended = not measured: the kernel keeps no counters of a connection that has ended
details-traffic-not-measured = not measured by this source
details-rate = { $bytes }/s (mean of about { $seconds } s)
details-rate-simulated = { $bytes }/s (simulated)
details-rate-not-yet = available after the second sample
details-bytes-total = { $bytes } in total
details-bytes-last = { $bytes } at the last sample; more may have been transferred before it closed
details-bytes-one-less = { $bytes } (one byte less if the remote end closed first)
details-rtt = { $time }, minimum { $minimum }
details-rtt-minimum = minimum { $minimum }
details-rtt-rounded = { $time } (stage mode: rounded up)
details-rtt-not-yet = not measured yet: no data has been acknowledged
details-delivery-limited = { $rate } or more: limited by the program, not the network
details-delivery-not-yet = not measured yet: no data has been sent and acknowledged
details-segments =
    { $count ->
        [one] { $count } segment
       *[other] { $count } segments
    }

## Others that are drawn together with it

details-represents = { $others } more short-lived connections to the same place
details-bundle = in one bundle with { $others } others of { $owner } to this place
details-bundle-unknown = in one bundle with { $others } others to this place whose owners are unknown
