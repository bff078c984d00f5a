# Verläufe und Aufzeichnungen: Fehler, Lücken, und was zu tun ist.

## Fehler

history-no-directory = Es gibt kein Datenverzeichnis für den Verlauf.
history-none = In { $path } ist kein Verlauf.
history-empty = Der Verlauf in { $path } ist leer.
history-nothing = Es wurde noch nichts aufgezeichnet.
history-foreign = { $path } ist kein Verlauf von netglobe.
history-newer = Eine neuere Version von netglobe hat { $path } geschrieben (ihr Schema ist { $found }, dieses Programm kennt { $known }).
history-locked = Ein anderes netglobe schreibt in { $path }.
history-refused = Das netglobe, das in { $path } schreibt, konnte es nicht tun: { $error }
history-of-another-user = { $path } gehört einem anderen Benutzer, daher wird dort nichts aufgezeichnet.
history-io = { $path } kann nicht benutzt werden: { $error }.
history-database = Der Verlauf { $path } kann nicht benutzt werden: { $error }.
history-log-unread = Der neueste Teil des Verlaufs { $path } steht in seinem Protokoll (-wal), das in einem schreibgeschützten Verzeichnis nicht gelesen werden kann.
history-not-finished = Der Verlauf konnte nicht abgeschlossen werden, und was zuletzt geschah, kann verloren sein: { $error }
history-damaged = Der Verlauf { $path } ist beschädigt: { $error }.
history-block = Was nach { $at } aufgezeichnet wurde, ist beschädigt: { $error }.
history-before-begin = { $at } liegt vor dem Anfang, { $begin }.
history-in-the-future = { $at } liegt nach dem Ende, { $end }.
history-no-thread = Nichts wird aufgezeichnet: Es kann kein Thread gestartet werden: { $error }.
history-no-thread-remedy = Beende andere Programme und starte netglobe neu.
history-set-aside = Der Verlauf war beschädigt und heißt jetzt { $path }; ein neuer hat begonnen. Der Schaden: { $error }
history-set-aside-remedy = Behalte diese Datei, wenn du sie mit den Werkzeugen von SQLite reparieren willst; sonst lösche sie.

## Was zu tun ist

history-remedy-file = Nenne eine Datei mit --history DATEI.
history-remedy-record = Zeichne auf mit: netglobe history record.
history-remedy-other-file = Nenne eine andere Datei mit --history DATEI.
history-remedy-update = Aktualisiere netglobe.
history-remedy-locked = Beende das andere Programm, oder nenne eine andere Datei mit --history DATEI.
history-remedy-own-user = Starte netglobe als dieser Benutzer, oder nenne eine andere Datei mit --history DATEI.
history-remedy-writable = Prüfe die Rechte und den freien Platz des Verzeichnisses, oder nenne eine andere Datei mit --history DATEI.
history-remedy-full = Schaffe Platz.
history-remedy-full-waits = Schaffe Platz. Was inzwischen geschieht, wartet im Speicher und geht verloren, wenn es zu lange dauert.
history-remedy-copy = Kopiere die Datei und die daneben (-wal) in ein Verzeichnis, in das du schreiben kannst, und nenne die Kopie mit --history DATEI.

## Lücken

history-gap = Von { $from } bis { $to } wurde nichts aufgezeichnet: { $reason }.
history-gap-unknown = Um { $at } wurde nichts aufgezeichnet.
gap-not-running = netglobe lief nicht
gap-sleep = der Rechner schlief
gap-private = der private Modus war an
gap-clock-forward = die Uhr wurde vorgestellt
gap-clock-back = die Uhr wurde zurückgestellt
gap-events-lost = Ereignisse gingen verloren
gap-not-written = die Datei konnte nicht geschrieben werden
gap-not-sampled = Verbindungen konnten nicht gelistet werden

## Aufzeichnungen

recording-file-other = Das ist keine Aufzeichnung von netglobe.
recording-file-newer = Eine neuere Version von netglobe hat sie geschrieben (Version { $found }, dieses Programm liest { $known }).
recording-file-empty = Sie ist leer.
recording-file-wrong = Falsch bei Byte { $offset }: { $expected }
recording-file-cut = Hier endet die Datei; ihr Ende fehlt.
recording-file-no-block = Ein komprimierter Block wurde erwartet.
recording-file-no-frame = Der Anfang eines Rahmens wurde erwartet.
recording-file-no-mark = Ein Rahmen von netglobe wurde erwartet.
recording-file-flaw = Was davor liegt, wird gezeigt.
history-nothing-between = Zwischen { $from } und { $to } wurde nichts aufgezeichnet.
history-nothing-before = Vor { $to } wurde nichts aufgezeichnet.
history-nothing-after = Nach { $from } wurde nichts aufgezeichnet.
history-removed = Der Verlauf { $path } wurde während der Aufzeichnung entfernt oder ersetzt; ein neuer wurde begonnen.
history-remedy-status = Was aufgezeichnet ist, sagt: netglobe history status.
history-internal-error = wegen eines internen Fehlers wird nichts mehr aufgezeichnet: { $error }
history-remedy-busy = Ein anderes Programm benutzt ihn; sobald es endet, wird aufgezeichnet.
