# Histories and recordings: errors, gaps, and what to do.

## Errors

history-no-directory = There is no data directory for the history.
history-none = There is no history in { $path }.
history-empty = The history in { $path } is empty.
history-nothing = Nothing has been recorded yet.
history-foreign = { $path } is not a history of netglobe.
history-newer = A newer version of netglobe has written { $path } (its schema is { $found }, this program knows { $known }).
history-locked = Another netglobe writes to { $path }.
history-refused = The netglobe that writes to { $path } could not do it: { $error }
history-of-another-user = { $path } belongs to another user, so nothing is recorded there.
history-io = Cannot use { $path }: { $error }.
history-database = Cannot use the history { $path }: { $error }.
history-log-unread = The newest part of the history { $path } is in its log (-wal), which cannot be read in a directory that is read-only.
history-not-finished = The history could not be finished, and what happened in the last moments may be lost: { $error }
history-damaged = The history { $path } is damaged: { $error }.
history-block = What was recorded after { $at } is damaged: { $error }.
history-before-begin = { $at } is before the beginning, { $begin }.
history-in-the-future = { $at } is after the end, { $end }.
history-no-thread = Nothing is recorded: no thread can be started: { $error }.
history-no-thread-remedy = End other programs and start netglobe again.
history-set-aside = The history was damaged and has been renamed to { $path }; a new one has begun. The damage: { $error }
history-set-aside-remedy = Keep that file if you want to try to repair it with the tools of SQLite; otherwise remove it.

## What to do

history-remedy-file = Name a file with --history FILE.
history-remedy-record = Record with: netglobe history record.
history-remedy-other-file = Name another file with --history FILE.
history-remedy-update = Update netglobe.
history-remedy-locked = End the other program, or name another file with --history FILE.
history-remedy-own-user = Run netglobe as that user, or name another file with --history FILE.
history-remedy-writable = Check the rights and the free space of its directory, or name another file with --history FILE.
history-remedy-full = Free some space.
history-remedy-full-waits = Free some space. What happens meanwhile waits in memory, and is lost if it takes too long.
history-remedy-copy = Copy the file and those beside it (-wal) into a directory that you can write to, and name the copy with --history FILE.

## Gaps

history-gap = Nothing was recorded from { $from } to { $to }: { $reason }.
history-gap-unknown = Nothing was recorded at { $at }.
gap-not-running = netglobe did not run
gap-sleep = the computer slept
gap-private = private mode was on
gap-clock-forward = the clock was set forward
gap-clock-back = the clock was set back
gap-events-lost = events were lost
gap-not-written = the file could not be written
gap-not-sampled = connections could not be listed

## Recordings

recording-file-other = It is not a recording of netglobe.
recording-file-newer = A newer version of netglobe has written it (version { $found }, this program reads { $known }).
recording-file-empty = There is nothing in it.
recording-file-wrong = Wrong at byte { $offset }: { $expected }
recording-file-cut = The file ends here; its end is missing.
recording-file-no-block = A compressed block was expected.
recording-file-no-frame = The beginning of a frame was expected.
recording-file-no-mark = A frame of netglobe was expected.
recording-file-flaw = What precedes it is played.
history-nothing-between = Nothing was recorded between { $from } and { $to }.
history-nothing-before = Nothing was recorded before { $to }.
history-nothing-after = Nothing was recorded after { $from }.
history-removed = The history { $path } was removed or replaced while it was recorded; a new one was begun.
history-remedy-status = What is recorded is told by: netglobe history status.
history-internal-error = nothing more is recorded, because of an internal error: { $error }
history-remedy-busy = Another program uses it; recording begins when that ends.
