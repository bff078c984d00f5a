# What can be done in the window: buttons, keys, gestures, and the help about them.

## Groups

action-group-globe = Globe
action-group-connections = Connections
action-group-filter = Filter
action-group-time = Time
action-group-picture = Picture
action-group-window = Window
action-group-home = Home
action-group-program = Program

## Names of keys

key-control = Ctrl
key-shift = Shift
key-enter = Enter
key-escape = Esc
key-space = Space
key-home = Home

## Gestures

action-gesture-wheel = Wheel
action-gesture-click = Click
action-gesture-double-click = Double-click
action-gesture-click-header = Click a header
action-gesture-drag = Drag
action-gesture-hover = Hover
action-gesture-tab = Tab, arrows
action-turn-earth = turn the earth
action-name-country = name the country under the pointer
action-move-focus = move between controls and rows

## Names on buttons

action-whole-earth-button = Whole earth
action-panels-button = Hide panels
action-full-screen-button = Full screen
action-ambient-button = Ambient
action-save-picture-button = Save picture
action-pause-button = Pause
action-pick-home-button = Set home
action-undo-home-button = Undo
action-unset-home-button = No home
action-home-from-time-zone-button = Use the time zone
action-keys-button = Help
toolbar-show-panels = Show panels
toolbar-continue = Continue

## What an action does

action-zoom = zoom
action-fly-to = zoom in on a point
action-whole-earth = show the whole earth
action-turn-home = turn to home
action-show-matching = show all arcs that match the filter
action-show-selected = show the whole selected arc
action-follow = follow new connections
action-select = select an arc or a row
action-copy-row = copy the selected row
action-copy-details = copy the details of the selected connection
action-table = show or hide the table
action-all-columns = widen the table to show all columns
action-sort-by = sort by the column; again reverses the order
action-focus-filter = type a filter
action-filter = filter by a query
action-hide-rest = hide or dim what does not match
action-real-sun = day and night, or daylight everywhere
action-place-names = show or hide names of places
action-next-quality = quality: low, medium, high, auto
action-next-palette = colours: standard, deuteranopia, protanopia, tritanopia, high contrast
action-reduced-motion = reduced motion: the earth rests, and arcs have no comets
action-panels = show or hide the panels
action-full-screen = full screen
action-ambient = ambient display: full screen, a caption and a slow tour
action-larger = larger texts, panels and lines
action-smaller = smaller texts, panels and lines
action-usual-size = usual size of texts, panels and lines
action-save-picture = save a picture of the window
action-pause = pause or continue
action-back-10-s = 10 seconds back (demo, recording)
action-forward-10-s = 10 seconds forward (demo, recording)
action-back-1-min = 1 minute back (demo, recording)
action-forward-1-min = 1 minute forward (demo, recording)
action-slower = half as fast (demo, recording)
action-faster = twice as fast (demo, recording)
action-pick-home = set the home with a click on the globe
action-set-home = set the home to a place
action-undo-home = undo the last change of the home
action-unset-home = show no home
action-home-from-time-zone = take the home from the time zone
action-keys = help: keys, legend, glossary
action-legend = legend
action-glossary = glossary
action-credits = credits
action-step-back = step back: close the help, end the selection, clear the filter, show the whole earth
action-quit = quit

## The help

help-keys = Keys
help-legend = Legend
help-glossary = Glossary
help-credits = Credits
help-credits-libraries = The libraries with their licences are listed by: netglobe credits
help-close = Close the help
help-keys-note = Single keys work while no text field or button has the focus. Esc ends the focus.

# Lessons and stage mode.
action-stage-button = Stage mode
action-stage = stage mode: mask addresses, paths, names and your location
help-lessons = Lessons
action-lessons = lessons
action-begin-lesson = begin a lesson
action-next-step-button = Next
action-next-step = next step of the lesson
action-previous-step-button = Back
action-previous-step = previous step of the lesson
action-answer-lesson = answer the question of the lesson
action-end-lesson = end the lesson

action-previous-change = show the previous change
action-next-change = show the next change
action-show-moment = show a moment of the past
action-live = return to the present
action-live-button = Live
action-private = private mode: record nothing
action-private-button = Private
key-end = End
action-previous-bin = go back one bar of the time bar
action-next-bin = go on one bar of the time bar
action-show-time-span = show so much time in the time bar
action-play-speed = play at this speed
action-since-now = show only what opens from now on
action-since-now-button = Since now
action-gesture-shift-drag = Shift + drag in the time bar
action-choose-time = show what was there in a window of time
action-window-begins = begin the window of time here
action-window-ends = end the window of time here
action-compare = compare two windows of time
action-compare-button = Compare
action-compare-by = compare by processes, countries, operators or ports
action-comparison-list = list the comparison instead of the connections
action-export = save what is chosen in the time bar as a recording
action-export-button = Export
action-export-scrubbed = the same with addresses and names replaced, to give it to others
action-export-scrubbed-button = Export, scrubbed
