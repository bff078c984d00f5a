# Texts of the window itself: notices, status line, home, limitations of the program, location databases and the sampler.

## Notices

notice-palette = Colours: { $name }
notice-home-set = Home set: { $name }
notice-home = Home: { $home }
notice-home-missing = No home: { $why }
notice-home-off = No home: arcs start from a ring beside the globe.
notice-home-off-zone = No home: arcs start from a ring beside the globe. The time zone suggests { $zone }.
notice-monitor-missing = The monitor { $monitor } is not there; there are: { $monitors }.
notice-picture-saved = Picture saved: { $path }
notice-picture-failed = The picture is not saved: { $why }

## Why a picture is not saved

picture-busy = earlier ones are still being written
picture-no-thread = no thread can be started: { $error }
picture-no-pixels = its pixels cannot be read: { $error }
picture-unwritable = cannot write to { $directory }: { $error }
picture-not-encoded = cannot encode it: { $error }

## The home of this computer

home-words = { $name }, from { $source }
home-words-uncertain = { $name }, from { $source }; could be { $km } km off
home-source-config = the configuration
home-source-clicked = a click on the globe
home-source-time-zone = the time zone
home-source-recorded = the recording
home-near = near { $place }
home-away = { $km } km from { $place }
home-missing-switched-off = it is switched off
home-missing-no-time-zone = cannot determine the system's time zone
home-missing-unnamed = the system's time zone cannot be identified: /etc/localtime is a copy that matches no zone, or several
home-missing-no-place = the time zone { $zone } has no location
home-not-saved = the new home is used, but not saved: { $error }
home-not-saved-remedy = make the file writable
home-disk-slow = earlier ones are still being written: the disk is slow
home-no-thread = no thread can be started to write it: { $error }

## The status line

app-status-live = LIVE
app-status-not-live = NOT LIVE
app-status-paused = PAUSED
app-status-label-paused = { $label } · PAUSED
app-status-faster = { $mode } · { $factor } times as fast
app-status-slower = { $mode } · 1/{ $factor } of the speed
app-status-following = { $mode } · following
app-status-home = home: { $home }
app-status-home-from = home: from { $source }
app-status-no-home = no home: { $why }
app-status-no-match = nothing matches the filter { $filter }
app-status-setting-home = click the location of this computer on the globe; Esc cancels
app-status-unread = the connections of this computer cannot be read
app-status-unread-why = the connections of this computer cannot be read: { $why }
app-status-no-earth = the surface of the earth cannot be drawn: { $error }
app-status-graphics-remedy = update the graphics driver
app-status-sampler-lost = connections are no longer updated: the sampler has stopped

## Connections that were not shown individually, or not seen

missed-grouped = short-lived connections grouped
missed-grouped-meaning = Connections that opened and closed between two samples, and were drawn together with another one to the same place
missed-not-drawn = short-lived connections not drawn
missed-not-drawn-meaning = Connections that opened and closed between two samples, and were too many at once to be drawn: counted but not shown
missed-aborted = aborted
missed-aborted-meaning = Connections that were refused or aborted between two samples. The kernel does not report their remote end: counted but not shown
missed-dropped = dropped
missed-dropped-meaning = Connections that opened and closed while the window was busy, and were too many to keep: counted but not shown
missed-events-lost = close events lost
missed-events-lost-meaning = Close events that the kernel reported faster than they could be read. Short-lived connections may be missing
missed-not-kept = closed connections not kept
missed-not-kept-meaning = The table keeps at most 1,000 closed connections. These left it early, because others closed after them
missed-queued = updates queued
missed-queued-meaning = Changes that have been received and will be shown in the next frames

## The quality of the picture, and the reason for it

quality-low = low
quality-medium = medium
quality-high = high
quality-words = { $tier } ({ $reason })
quality-words-at-scale = { $tier } at { $percent } % resolution ({ $reason })
quality-chosen = chosen
quality-auto = auto: { $why }
quality-auto-battery = auto: on battery
quality-adapter-software = software rasterizer
quality-adapter-integrated = integrated graphics
quality-adapter-discrete = graphics card
quality-frames-late = auto: frames take { $ms } ms
quality-frames-on-time = auto: frames are on time

## The reason for the frame rate, in two or three words

power-battery = on battery
power-background = in the background
power-hidden = hidden
power-interactive = interactive
power-loading = loading
power-fading = panels fading
power-opening = connections opening or closing
power-traffic = traffic
power-turning = earth turning
power-assisted = assistive technology listens
power-burn-in = moving against burn-in
power-idle = idle
power-cpu-limit = CPU limit

## Labels beside the globe

spot-this-computer = this computer
spot-unknown = location unknown

## Keeping the screen on

awake-why = the globe is shown
awake-failed = the screen may turn off while the globe is shown: { $reason }
awake-failed-remedy = switch the screen saver off in the settings of the desktop
awake-no-thread = no thread can be started: { $error }
awake-unsupported = this system cannot be told yet
awake-no-service = no { $name } on the session bus: { $error }
awake-no-bus = there is no session bus
awake-x11-silent = the X server does not answer: { $error }
awake-x11-lacks = the X server has no screen saver extension: { $error }
awake-wayland-surface = the Wayland surface cannot be used: { $error }
awake-wayland-lacks = the Wayland compositor has no idle inhibition: { $error }

## What helps, for several limitations

remedy-restart = restart netglobe
remedy-reinstall = reinstall netglobe

## Location databases

geo-internal-error = internal error: { $error }
geo-no-thread = cannot start a thread: { $error }
geo-no-database = no location database: { $error }
geo-not-used = { $error }; it is not used
geo-remedy-configured = correct geo_db in the configuration
geo-remedy-replace-or-remove = replace or remove the file
geo-remedy-replace = replace the file
geo-not-cached = cannot cache an unpacked database, so each start takes longer: { $error }
geo-not-cached-remedy = free some space, or (not on Windows) set XDG_CACHE_HOME to another directory
geo-cannot-list = cannot list databases in { $directory }: { $error }
geo-cannot-list-remedy = make the directory readable
geo-built-in-instead = { $error }; the built-in database is used instead
geo-old-places = the database { $name } was built { $built }, { $days } days ago: locations may be wrong
geo-old-operators = the database { $name } was built { $built }, { $days } days ago: operators may be wrong
geo-old-remedy = update netglobe, or use a newer database with --geo-db
geo-old-remedy-geolite2 = GeoLite2 must be updated after 30 days: download it again
mmdb-unreadable = cannot read { $origin }: { $reason }
mmdb-corrupt = { $origin } is not a valid database in MaxMind's format: { $reason }
mmdb-unsupported = { $origin } is a database of the type "{ $kind }", in which no { $wanted } were found; looked for { $fields }
mmdb-places = places
mmdb-operators = operators
mmdb-places-or-operators = places or operators
mmdb-place-fields = a country ({ $country }), a point (latitude and longitude, lat and lng, { $location })
mmdb-operator-fields = an AS number ({ $number })
mmdb-embedded-city = the embedded city database
mmdb-embedded-operators = the embedded operator database
mmdb-decoder-broke = the decoder broke on it
mmdb-not-regular = it is not a regular file
mmdb-empty = it is empty
mmdb-too-large = it is larger than 2 GiB
mmdb-damaged = it is damaged
mmdb-wrong-checksum = its content does not have the checksum that it states

## Why an address is anycast, or may be

anycast-resolver = a public name server that answers from many cities under one address
anycast-root = a root name server that answers from many cities under one address
anycast-time = a public time server that answers from many cities under one address
anycast-as112 = a sink for misdirected name queries (AS112), run by many operators under one address
anycast-relay = an address that the standards give to the nearest relay
anycast-cdn = may be anycast: its operator serves many sites from many cities under one address
anycast-dns = may be anycast: its operator runs name servers in many cities under one address

## The configuration file

config-unreadable = cannot read the configuration { $path }: { $error }
config-wrong = the configuration { $path } has an error in line { $line }: { $message }
config-unwritable = cannot write the configuration { $path }: { $error }
config-no-directory = no configuration directory is known: set XDG_CONFIG_HOME or HOME, or name a file with --config
config-ignored = { $error }; all settings in it are ignored
config-remedy-owner = make the file yours again (sudo chown), or remove it
config-remedy-correct = correct the file or remove it
config-too-large = it is larger than 1 MiB, so it is not a configuration

## Reading the connections of this computer

sampler-netlink = cannot { $action } over netlink: { $error }
sampler-timed-out = cannot { $action } over netlink: no answer within { $seconds } s
sampler-malformed = cannot { $action } over netlink: invalid answer: { $error }
sampler-action-ask = ask for sockets
sampler-action-events = be reported of closed sockets
sampler-action-tcp = list TCP sockets
sampler-action-tcp-ipv4 = list TCP sockets (IPv4)
sampler-action-tcp-ipv6 = list TCP sockets (IPv6)
sampler-action-udp = list UDP sockets
sampler-action-udp-ipv4 = list UDP sockets (IPv4)
sampler-action-udp-ipv6 = list UDP sockets (IPv6)
sampler-unsupported = the source { $name } is available on Linux only
sampler-netstat2 = netstat2 cannot list sockets: { $error }
sampler-netstat2-refused = netstat2 is not allowed to list sockets: { $error }
sampler-netstat2-empty = netstat2 was refused: it lists no sockets, but { $table } has { $rows } rows
sampler-table = proc-net cannot read { $table }: { $error }
sampler-table-no-heading = it has not the heading of such a table
sampler-panicked = internal error in the { $name } source: { $message }
sampler-shows-now = the source { $kind } is live and cannot seek to { $to }
sampler-remedy-refused = this kernel or sandbox refuses NETLINK_SOCK_DIAG: use --source proc-net, which needs no netlink, or run netglobe outside of the sandbox
sampler-remedy-table = mount /proc, or run netglobe where it can be read
sampler-remedy-netstat2 = use --source netstat2
sampler-remedy-scenario = correct the file; netglobe demo --check FILE lists all errors
sampler-remedy-doctor = run netglobe doctor to see which sources work here
sampler-remedy-udp-peers = use --source sock-diag for the other ends of UDP
sampler-lacks-netstat2 = this source does not report UDP peers or traffic
sampler-lacks-windows = Windows tells without administrator rights neither the other ends of UDP sockets nor traffic, and nothing of connections between two samples
sampler-lacks-remedy-interval = connections that last for less than the time between two samples are seen more often with --interval 500ms; nothing else can be done
sampler-lacks-proc-net = this source does not report traffic, systemd units, interfaces or short-lived connections
sampler-lacks-proc-net-remedy = use --source sock-diag where the system allows netlink
sampler-unreadable-rows = { $count } sockets are not listed: cannot parse their rows in /proc/net
sampler-no-udp = UDP sockets are not listed: this kernel has no udp_diag
sampler-no-udp-netstat2 = UDP sockets are not listed: the kernel refuses netstat2's request
sampler-no-udp-remedy = load the module udp_diag, or use --source proc-net
sampler-no-events = short-lived connections are not reported: { $error }
sampler-no-events-remedy = use Linux 4.2 or newer
sampler-events-ended = close events are no longer received: { $error }; short-lived connections are missed, and final byte counts may be too low
sampler-not-whole = the kernel's socket tables changed while they were read, three times in a row: connections may be missing
sampler-no-processes = processes are not available: cannot list { $root }: { $error }
sampler-no-processes-remedy = mount { $root }, or run netglobe where it can be read
sampler-no-names = process names are not available: { $error }
sampler-other-networks =
    { $processes ->
        [one] { $processes } process is
       *[other] { $processes } processes are
    } in { $namespaces ->
        [one] another network namespace, as a container has one
       *[other] { $namespaces } other network namespaces, as containers have them
    }: connections of { $processes ->
        [one] it
       *[other] them
    } are not listed
sampler-other-networks-remedy = to list them, run as root: { $command }
sampler-no-thread = connections cannot be sampled: cannot start a thread: { $error }
sampler-no-thread-remedy = close other programs, or raise the limit of processes
sampler-not-updated = connections are not being updated: { $error }
sampler-not-listed = connections cannot be listed: { $error }
sampler-then = { $causes }; then: { $error }
sampler-fell-back = fell back from { $from } to { $to }: { $causes }
sampler-fell-back-remedy = to see the error, run with --source { $source }
sampler-cannot-seek = cannot seek to { $to }: { $error }

## Recordings and scenarios

recording-open = cannot open the recording { $path }: { $error }
recording-no-time = no such file { $path },{ $time }, and { $quoted } is not a time of { $path }: expected a time, for example 2026-06-01T12:00:00Z, or a time from the beginning, as 90s
recording-before-begin = cannot seek to { $at }: the recording begins at { $begin }
recording-rewind = cannot seek back in the recording: { $error }; save it as a regular file first
recording-read = cannot read line { $line } of the recording: { $error }
recording-no-heading = not a netglobe recording: line 1 should be { $heading }: { $error }
recording-version = the recording has version { $found }, this netglobe reads version { $version }: use the netglobe that made it
recording-wrong = line { $line } of the recording is wrong: { $message }
recording-truncated = the recording ends in the middle of line { $line }; everything before it is played
recording-too-long = line { $line } of the recording is longer than { $megabytes } MiB
recording-remedy = record again, or truncate the file before that line
authored-unknown =
    { $kind ->
        [lesson] unknown lesson { $name }; available: { $available }, or the path of a .toml file
       *[other] unknown scenario { $name }; available: { $available }, or the path of a .toml file
    }
authored-unreadable =
    { $kind ->
        [lesson] cannot read the lesson { $file }: { $error }
       *[other] cannot read the scenario { $file }: { $error }
    }
authored-more-errors =
    { $count ->
        [one] (and { $count } more error)
       *[other] (and { $count } more errors)
    }

# Lessons and stage mode.
lesson-step-of = { $title } · { $step } of { $steps }
lesson-end = End the lesson
lesson-for-teacher = For the teacher
lesson-show-answer = Show the answer
lesson-go-on = Go on without it
lesson-skip = Skip
lesson-begin = Begin
lesson-begin-named = Begin the lesson: { $title }
lesson-age = age { $age }, { $minutes } minutes
lesson-files = Lessons are text files that can be copied and changed: see data/lessons
lesson-cannot-begin = The lesson cannot begin: { $error }
lesson-waiting-count = Waiting for { $what }: { $seen } of { $count } so far
lesson-waiting = Waiting for { $what }
stage-begins = Stage mode: addresses, paths, names and your location are masked
stage-ask = Show addresses, paths, names and your location again? Press S once more.
stage-refuses-home = The home cannot be changed in stage mode, because that would show it
stage-home-hidden = hidden in stage mode
stage-somewhere-in = somewhere in { $country }

home-missing-not-recorded = it is not known for the moment that is shown

## The history

time-past = PAST { $time }
recording-on = recorded
recording-on-meaning = Connections are recorded in a file on this computer that only you can read, so that you can look at the past. I stops it.
recording-starting = recording begins
recording-along = recorded by another netglobe
recording-along-meaning = Another netglobe on this computer records; this one takes over when that ends.
recording-private = PRIVATE: not recorded
recording-private-meaning = Nothing is recorded until private mode ends (I).
recording-failed = not recorded
recording-failed-meaning = Connections cannot be recorded; the list of limitations says why.
recording-off = not recorded
recording-off-meaning = Connections are not recorded: that is switched off, or what is shown is not this computer now.
recording-begins = From now on, connections are recorded in a file on this computer that only you can read. I stops it, --no-history switches it off.
recording-private-begins = Private mode: nothing is recorded.
recording-private-ends = Connections are recorded again.
recording-no-past = Nothing has been recorded yet.
dropped-shown = { $name } is shown.
notice-exporting = Exporting …
notice-exported = Exported { $count } connections, { $size }: { $path }
notice-exported-private = It contains addresses and names.
notice-exported-damaged = { $count } damaged parts of the history are left out.
notice-not-exported = Not exported: { $why }
sandbox-off = The kernel does not keep netglobe from using the network, because --no-sandbox was given.
sandbox-off-remedy = Start it without --no-sandbox.
sandbox-impossible = The kernel does not keep netglobe from using the network: { $why }.

graphics-stepped-down = { $adapter } draws: { $why }
graphics-no-vulkan = no driver for Vulkan was found
graphics-no-vulkan-card = no driver for Vulkan draws with the graphics card
graphics-no-surface = { $adapter } supports no pixel format of this display
graphics-lost = { $adapter } lost its device twice
graphics-rejected = { $adapter } rejected a command: { $error }
graphics-no-pictures = { $adapter } gave no pictures for the window
graphics-unfinished = { $adapter } is from Mesa before 21 and crashes (Debian 11 has it)
graphics-no-wayland-egl = OpenGL cannot draw on Wayland without libwayland-egl.so.1 (Debian, Ubuntu: apt install libwayland-egl1)
app-status-thread-failed = a part of netglobe failed ({ $failed })
