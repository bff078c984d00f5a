# The panels: filter, table, status line and legend, and captions on the globe.

## Counts

panels-places =
    { $count ->
        [one] { $count } place
       *[other] { $count } places
    }
panels-connections =
    { $count ->
        [one] { $count } connection
       *[other] { $count } connections
    }

## Captions in ambient mode

ambient-places = { $places }, most to { $name }
ambient-places-countries = { $places }, { $countries } countries, most to { $name }
ambient-place = { $place }: { $connections } of { $owner }
ambient-place-others =
    { $place }: { $connections } of { $owner } and { $others ->
        [one] { $others } other
       *[other] { $others } others
    }

## Why there are no arcs

quiet-no-home = home is not set, so arcs start from a ring beside the globe; set it with the button below, or with --home LAT,LNG
quiet-no-home-then = home is not known for this moment, so arcs start from a ring beside the globe
quiet-no-sockets = no connections: no socket is open on this computer
quiet-not-public = no public connections; { $others }
quiet-lan = { $count } on the LAN
quiet-this-computer = { $count } on this computer
quiet-other = { $count } multicast or reserved
quiet-listening = { $count } listening
quiet-unplaced =
    { $count ->
        [one] the location of the only public address is unknown
       *[other] the locations of all { $count } public addresses are unknown
    }
quiet-no-database = { $peers }: no location database is loaded
quiet-see-table = { $peers }; the table shows why
panels-home-not-set = not set

## The filter

filter-name = Filter
filter-hint = filter, for example: firefox country:US,DE
filter-clear = Clear the filter
filter-hide-others = hide others
filter-nothing-to-hide = nothing to hide: all rows match the filter
filter-last-valid = the last valid query stays in force
filter-matches =
    { $matching ->
        [one] { $matching } of { $all } connections matches
       *[other] { $matching } of { $all } connections match
    }
filter-matches-listening = { $matching } of { $all } listening
filter-matches-closed = { $matching } of { $all } closed
filter-matches-meaning = How many of the open connections, listening sockets and recently closed connections match the filter
filter-all-processes = Show all processes again
filter-only-process =
    Show only { $name }, which has { $count ->
        [one] { $count } connection
       *[other] { $count } connections
    }

## The table

table-name = Connections
table-button = table
table-hide = Hide the table
table-all-columns = all columns
table-listening = { $count } listening
table-closed = { $count } closed
table-hidden = { $count } hidden
table-counts-meaning = Open connections, listening sockets (they wait for connections and have no arc), connections that closed a short time ago, and rows that the filter hides
table-empty = no connections
table-no-match = nothing matches the filter
table-no-match-hidden = nothing matches the filter; { $hidden } hidden
table-locating = locating…
table-copy-row = Copy row
table-row-no-match = does not match the filter
table-sort = Sort by { $column }
table-sort-ascending = Sort by { $column }, ascending
table-sort-descending = Sort by { $column }, descending

## Columns of the table: the heading, the name, and what it shows

table-title-process = Process
table-column-process = process
table-column-process-meaning = Process that owns the socket
table-title-remote = Remote
table-column-remote = remote
table-column-remote-meaning = Address and port of the remote end; for a listening socket, the local one
table-title-place = Place
table-column-place = place
table-column-place-meaning = Location of the remote end according to the location database. ? doubtful, ?? impossible at the measured round-trip time
table-title-operator = Operator
table-column-operator = operator
table-column-operator-meaning = Operator of the remote network (autonomous system)
table-title-state = State
table-column-state = state
table-column-state-meaning = Socket state
table-title-rate = Bytes/s
table-column-rate = rate
table-column-rate-meaning = Payload bytes per second, both directions; – if not measured
table-title-sent = Sent
table-column-sent = sent
table-column-sent-meaning = Payload bytes sent so far; – if not counted
table-title-received = Received
table-column-received = received
table-column-received-meaning = Payload bytes received so far; – if not counted
table-title-round-trip = RTT ms
table-column-round-trip = round-trip time
table-column-round-trip-meaning = Smoothed round-trip time in milliseconds; – if not measured
table-title-age = Age
table-column-age = age
table-column-age-meaning = Time since the connection was first seen
table-title-direction = Dir
table-column-direction = direction
table-column-direction-meaning = Who opened the connection: out = this computer, in = the remote end
table-title-protocol = Proto
table-column-protocol = protocol
table-column-protocol-meaning = Transport protocol

## The status line

status-public = { $count } public
status-public-meaning = Connections to addresses on the public internet
status-lan = { $count } LAN
status-lan-meaning = Connections to private, link-local and carrier NAT addresses. These have no place on the globe; they end on the ring around home
status-this-computer = { $count } this computer
status-this-computer-meaning = Connections with both ends on this computer
status-listening = { $count } listening
status-listening-meaning = Sockets that wait for connections. They have no arc
status-without-place = { $count } without location
status-without-place-meaning = Of the public connections, those whose address is not in the location database. They are in the table
status-home-meaning = Where this computer is: all arcs start here, and distances are measured from here
status-sampling = { $source }, every { $period } s
status-sampling-cost = { $source }, every { $period } s, { $cost } ms per sample
status-sampling-meaning = Source of the connections, time between two samples, and CPU time of one sample
status-limitations =
    { $count ->
        [one] { $count } limitation
       *[other] { $count } limitations
    }
status-limitations-name = { $limitations }: what to do
status-limitations-meaning = What does not work here, or only in part, and what to do about it
status-remedy = what to do: { $remedy }
status-cpu-of-limit = { $used } of { $limit } CPU
status-cpu-meaning = CPU time of netglobe in the last second, as a part of one core, and the limit that was set
status-frames-meaning = Frames drawn in the last second, and what determines the rate
status-quality-meaning = Quality of the picture, and how it was chosen
status-clock-meaning = The time that is shown, which also sets the position of the sun
status-help = Help: keys, legend, glossary

## Palettes

palette-standard = standard
palette-deuteranopia = deuteranopia
palette-protanopia = protanopia
palette-tritanopia = tritanopia
palette-high-contrast = high contrast

## The legend

legend-unknown-owners = unknown owners
legend-pace = { $rate }: { $seconds } s along the arc
legend-pace-note = Speed and brightness are logarithmic. Each direction has its own lights.
legend-arc = Each arc is a connection between this computer and a peer. It grows from the end that opened the connection, stays while the connection is open, and fades when it closes.
legend-motion-simulated = Moving lights show simulated traffic. Nothing is measured in a demo.
legend-motion-measured = Moving lights show measured traffic, in the direction in which the bytes go.
legend-motion-none = This system does not measure traffic, so nothing moves along the arcs.
legend-still-arcs = Full-width arcs have byte counters; no moving light means no traffic. Thin arcs have none (UDP, for example), so their traffic is unknown.
legend-thin-arcs = All arcs are thin: none has byte counters, so their traffic is unknown.
legend-dimmed = Dimmed arcs do not match the filter. A bright arc is selected or under the pointer.
legend-night = Day and night are those of the time shown. City lights show on the night side.

## Marks on the globe, for the legend

legend-mark-city = City of a peer. A larger dot stands for more connections.
legend-mark-circle = Accuracy radius from the database, or 50 km around a city where it has none. Small ones appear when you zoom in.
legend-mark-country = Lit area: only the country of the peer is known. The arc ends in a blur.
legend-mark-outline = White outline: the country under the pointer, or around a selected city.
legend-mark-anycast = Anycast: servers at many locations share this address.
legend-mark-unlikely = Map location unlikely, judging by the round-trip time (not a security warning).
legend-mark-impossible = Map location impossible: the answer comes faster than light (not a security warning).
legend-mark-home = Home: this computer. A ring in the sky beside the globe: home is not known.
legend-mark-loop = Loop at home: both ends are on this computer.
legend-mark-lan = Ring around home: peers on the local network. The direction has no meaning.
legend-mark-shell = Above the north pole: public peers whose location is not known.

## The time bar

time-bar = Time bar
time-bar-gap = Nothing was recorded: { $reason }
time-bar-bin = In { $span }: { $opened } opened, { $closed } closed, at most { $open } open, { $bytes }
time-bar-first = { $process } reached { $place } for the first time
time-span-10-min = 10 min
time-span-hour = 1 h
time-span-day = day
time-span-week = week
time-span-all = all
time-bar-help = Drag: move through time. Shift + drag: choose a window of time.
time-bar-chosen = Chosen: { $from } to { $to }
time-bar-chosen-end = Show everything again
filter-note-reading = Reading what closed in this window of time …
filter-note-only-open = Nothing was recorded, so what closed before is not known
filter-note-left-out = { $count } more closed in this window of time; the latest { $most } are shown
comparison-title = Comparison
comparison-window = { $window }, recorded { $recorded }
comparison-processes = processes
comparison-countries = countries
comparison-operators = operators
comparison-ports = ports
comparison-new = + new
comparison-gone = − gone
comparison-more = ▲ more
comparison-less = ▼ less
comparison-same = = same
comparison-connections = connections
comparison-bytes = bytes
comparison-others = and { $count } more
comparison-only = Show only { $name }
comparison-reading = Adding up what happened …
comparison-nothing = Nothing was recorded in these windows of time
comparison-show-connections = connections
comparison-choose-first = First choose a window of time: Shift + drag in the time bar
comparison-choose-second = Now choose the second window of time: Shift + drag in the time bar
comparison-label = compared: { $before } with { $after }
