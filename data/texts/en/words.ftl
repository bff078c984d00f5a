# Words for the properties of a connection, errors and hints of the filter, and the list in a terminal.

## Owners, without a process

words-owner-no-process = (no process)
words-owner-not-permitted = (no permission)
words-owner-not-found = (not found)
words-owner-kernel = (kernel)
words-owner-proc-unavailable = (no /proc)
words-owner-closed-too-soon = (short-lived)
words-owner-not-measured = (unknown)
words-user = (user { $name })
process-unnamed = unnamed, pid { $pid }
owner-missing-no-process = its process has closed it; the kernel keeps it for a while
owner-missing-not-permitted = no permission to inspect the process that holds it
owner-missing-not-found = no process that netglobe can inspect holds it
owner-missing-kernel = the kernel itself holds it, not a process, for example for a tunnel
owner-missing-proc-unavailable = /proc cannot be read here
owner-missing-closed-too-soon = it closed before its process could be determined
owner-missing-not-measured = this source does not report processes

## Places

words-carrier-nat = carrier NAT
words-place-country = { $place } (country)
words-place-anycast = { $place } (anycast)
words-this-computer = this computer
words-any-address = any address
words-not-in-database = (not in database)
words-no-location = (no location)
words-no-database = (no database)
words-remote-unknown = (remote unknown)
place-unnamed = unnamed place
place-missing-not-public = not a public address, so it has no location
place-missing-not-in-database = the address is not in the database
place-missing-no-location = the database has no location for this address
place-missing-database-unavailable = no location database is available
place-missing-remote-unknown = this source does not report the peer

## Doubtful places

doubt-the-place = the place
doubt-matter-anycast = a nearer server with the same address answers
doubt-matter-probably-anycast = the address is probably anycast, and a nearer server answers
doubt-matter-wrong = the database is wrong, or a nearer server with the same address answers
doubt-matter-probably-wrong = the database is probably wrong, or a nearer server with the same address answers
doubt-impossible = Map location doubtful (not a security warning). The minimum round-trip time, { $measured }, is too short for { $place }: light needs at least { $fibre } there and back in fibre, { $vacuum } in a vacuum. The server is within { $km } km ({ $vacuum_km } km in a vacuum): { $matter }.
doubt-unlikely = Map location doubtful (not a security warning). The minimum round-trip time, { $measured }, is too short for fibre to { $place }: light needs at least { $fibre } there and back. Unless most of the way is by radio or laser, the server is within { $km } km: { $matter }.

## The filter: what a key expects

filter-expected-process = a part of a process name or path
filter-expected-pid = a process number
filter-expected-user = a user's name or number (uid)
filter-expected-unit = a part of the name of a service, scope or container
filter-expected-ip = an address, with a port or without, or a network like 81.2.69.0/24
filter-expected-port = a port from 0 to 65535
filter-expected-country = a country: its two-letter code or its name
filter-expected-city = a part of a city's name
filter-expected-asn = the number of an autonomous system
filter-expected-operator = a part of an operator's name
filter-expected-age = a duration with a unit: ms, s, m, h or d
filter-expected-since = a time (10:30, UTC), a date and time (2026-06-01T10:30:00Z) or a duration (2h)
filter-expected-during = a duration (2h), or a window from one time to another: 10:00..10:30, 2h..1h
filter-expected-rate = a number of bytes per second: 500, 100k, 1.5M
filter-expected-bytes = a number of bytes: 500, 100k, 1.5M
filter-expected-rtt = a duration with a unit: ms, s
filter-one-of = one of { $names }

## The filter: errors and hints

filter-error-age-comparison = an age is compared with '<' or '>': age<10s, age>5m
filter-error-measured-comparison = what is measured is compared with '<' or '>': { $example }
filter-error-ordered-keys = '<' and '>' compare { $names }; { $name } is written with ':', for example { $example }
filter-error-open-quote = this quote is never closed: a second " was expected
filter-error-word-expected = a word was expected after '-', for example -process:ssh
filter-error-double-minus = one '-' negates; to search for a text that begins with '-', put it in quotes
filter-error-key-expected = a key was expected before the comparison, for example port:443; to search for this text, put it in quotes
filter-error-unknown-key = there is no key { $key }: the keys are { $names }; to search for a text with ':', '<' or '>', put it in quotes
filter-error-unknown-key-meant = there is no key { $key }: did you mean { $meant }? The keys are { $names }; to search for a text with ':', '<' or '>', put it in quotes
filter-error-text-expected = a text was expected here: ',' joins alternatives, a,b
filter-error-value-expected = { $expected } was expected here, for example { $example }
filter-error-value-wrong = { $found } is not { $expected }; for example { $example }
filter-lack-rtt = no connection has a round-trip time now
filter-lack-value = no connection has { $key } now
filter-lack-unmeasured = { $key } is not measured on this system
filter-note-no-home = without a home no location can be checked, so flagged: matches nothing
filter-note-matches-nothing = { $reasons }, so it matches nothing

## Columns of the list in a terminal

list-column-event = EVENT
list-column-process = PROCESS
list-column-pid = PID
list-column-proto = PROTO
list-column-dir = DIR
list-column-state = STATE
list-column-address = ADDRESS
list-column-place = PLACE
list-column-operator = OPERATOR
list-column-sent = SENT
list-column-received = RECEIVED
list-column-rtt = RTT
