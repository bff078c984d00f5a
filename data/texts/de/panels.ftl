# The panels: filter, table, status line and legend, and captions on the globe.

## Counts

panels-places =
    { $count ->
        [one] { $count } Ort
       *[other] { $count } Orte
    }
panels-connections =
    { $count ->
        [one] { $count } Verbindung
       *[other] { $count } Verbindungen
    }

## Captions in ambient mode

ambient-places = { $places }, die meisten nach { $name }
ambient-places-countries = { $places }, { $countries } Länder, die meisten nach { $name }
ambient-place = { $place }: { $connections } von { $owner }
ambient-place-others = { $place }: { $connections } von { $owner } und { $others } anderen

## Why there are no arcs

quiet-no-home = der Standort ist nicht gesetzt, daher beginnen Bögen an einem Ring neben dem Globus; mit der Schaltfläche unten oder mit --home LAT,LNG setzen
quiet-no-home-then = für diesen Moment ist kein Standort bekannt, daher beginnen die Bögen an einem Ring neben dem Globus
quiet-no-sockets = keine Verbindungen: auf diesem Computer ist kein Socket offen
quiet-not-public = keine öffentlichen Verbindungen; { $others }
quiet-lan = { $count } im LAN
quiet-this-computer = { $count } auf diesem Computer
quiet-other = { $count } Multicast oder reserviert
quiet-listening = { $count } wartend
quiet-unplaced =
    { $count ->
        [one] der Ort der einzigen öffentlichen Adresse ist unbekannt
       *[other] die Orte aller { $count } öffentlichen Adressen sind unbekannt
    }
quiet-no-database = { $peers }: keine Ortsdatenbank geladen
quiet-see-table = { $peers }; die Tabelle zeigt, warum
panels-home-not-set = nicht gesetzt

## The filter

filter-name = Filter
filter-hint = Filter, zum Beispiel: firefox country:US,DE
filter-clear = Filter löschen
filter-hide-others = nur Treffer
filter-nothing-to-hide = nichts auszublenden: alle Zeilen passen zum Filter
filter-last-valid = die letzte gültige Abfrage gilt weiter
filter-matches =
    { $matching ->
        [one] { $matching } von { $all } Verbindungen passt
       *[other] { $matching } von { $all } Verbindungen passen
    }
filter-matches-listening = { $matching } von { $all } wartenden
filter-matches-closed = { $matching } von { $all } geschlossenen
filter-matches-meaning = Wie viele der offenen Verbindungen, wartenden Ports und kürzlich geschlossenen Verbindungen zum Filter passen
filter-all-processes = Wieder alle Prozesse zeigen
filter-only-process =
    Nur { $name } zeigen ({ $count ->
        [one] { $count } Verbindung
       *[other] { $count } Verbindungen
    })

## The table

table-name = Verbindungen
table-button = Tabelle
table-hide = Tabelle ausblenden
table-all-columns = alle Spalten
table-listening = { $count } wartend
table-closed = { $count } geschlossen
table-hidden = { $count } ausgeblendet
table-counts-meaning = Offene Verbindungen, wartende Ports (sie warten auf Verbindungen und haben keinen Bogen), kürzlich geschlossene Verbindungen und Zeilen, die der Filter ausblendet
table-empty = keine Verbindungen
table-no-match = nichts passt zum Filter
table-no-match-hidden = nichts passt zum Filter; { $hidden } ausgeblendet
table-locating = Ortung …
table-copy-row = Zeile kopieren
table-row-no-match = passt nicht zum Filter
table-sort = Nach { $column } sortieren
table-sort-ascending = Nach { $column } sortieren, aufsteigend
table-sort-descending = Nach { $column } sortieren, absteigend

## Columns of the table: the heading, the name, and what it shows

table-title-process = Prozess
table-column-process = Prozess
table-column-process-meaning = Prozess, dem der Socket gehört
table-title-remote = Gegenstelle
table-column-remote = Gegenstelle
table-column-remote-meaning = Adresse und Port der Gegenstelle; bei einem wartenden Socket die eigenen
table-title-place = Ort
table-column-place = Ort
table-column-place-meaning = Ort der Gegenstelle laut Ortsdatenbank. ? zweifelhaft, ?? unmöglich bei der gemessenen Umlaufzeit
table-title-operator = Betreiber
table-column-operator = Betreiber
table-column-operator-meaning = Betreiber des Netzes der Gegenstelle (autonomes System)
table-title-state = Zustand
table-column-state = Zustand
table-column-state-meaning = Zustand des Sockets
table-title-rate = Bytes/s
table-column-rate = Rate
table-column-rate-meaning = Nutzbytes pro Sekunde, beide Richtungen; – wenn nicht gemessen
table-title-sent = Gesendet
table-column-sent = gesendeten Bytes
table-column-sent-meaning = Bisher gesendete Nutzbytes; – wenn nicht gezählt
table-title-received = Empfang
table-column-received = empfangenen Bytes
table-column-received-meaning = Bisher empfangene Nutzbytes; – wenn nicht gezählt
table-title-round-trip = RTT ms
table-column-round-trip = Umlaufzeit
table-column-round-trip-meaning = Geglättete Umlaufzeit in Millisekunden; – wenn nicht gemessen
table-title-age = Alter
table-column-age = Alter
table-column-age-meaning = Zeit, seit die Verbindung zuerst gesehen wurde
table-title-direction = Richt
table-column-direction = Richtung
table-column-direction-meaning = Wer die Verbindung geöffnet hat: out = dieser Computer, in = die Gegenstelle
table-title-protocol = Proto
table-column-protocol = Protokoll
table-column-protocol-meaning = Transportprotokoll

## The status line

status-public = { $count } öffentlich
status-public-meaning = Verbindungen zu Adressen im öffentlichen Internet
status-lan = { $count } LAN
status-lan-meaning = Verbindungen zu privaten, Link-local- und Provider-NAT-Adressen. Sie haben keinen Ort auf dem Globus; sie enden am Ring um den Standort
status-this-computer = { $count } dieser Computer
status-this-computer-meaning = Verbindungen mit beiden Enden auf diesem Computer
status-listening =
    { $count ->
        [one] { $count } wartender Port
       *[other] { $count } wartende Ports
    }
status-listening-meaning = Sockets, die auf Verbindungen warten. Sie haben keinen Bogen
status-without-place = { $count } ohne Ort
status-without-place-meaning = Öffentliche Verbindungen, deren Adresse nicht in der Ortsdatenbank steht. Sie sind in der Tabelle
status-home-meaning = Wo dieser Computer ist: alle Bögen beginnen hier, und Entfernungen werden von hier gemessen
status-sampling = { $source }, alle { $period } s
status-sampling-cost = { $source }, alle { $period } s, { $cost } ms je Abfrage
status-sampling-meaning = Quelle der Verbindungen, Zeit zwischen zwei Abfragen und CPU-Zeit einer Abfrage
status-limitations =
    { $count ->
        [one] { $count } Einschränkung
       *[other] { $count } Einschränkungen
    }
status-limitations-name = { $limitations }: was hilft
status-limitations-meaning = Was hier nicht oder nur teilweise funktioniert, und was dagegen hilft
status-remedy = was hilft: { $remedy }
status-cpu-of-limit = { $used } von { $limit } CPU
status-cpu-meaning = CPU-Zeit von netglobe in der letzten Sekunde, als Anteil eines Kerns, und die gesetzte Grenze
status-frames-meaning = In der letzten Sekunde gezeichnete Bilder, und was die Rate bestimmt
status-quality-meaning = Qualität des Bildes, und wie sie gewählt wurde
status-clock-meaning = Die gezeigte Zeit, die auch den Stand der Sonne bestimmt
status-help = Hilfe: Tasten, Legende, Glossar

## Palettes

palette-standard = Standard
palette-deuteranopia = Deuteranopie
palette-protanopia = Protanopie
palette-tritanopia = Tritanopie
palette-high-contrast = hoher Kontrast

## The legend

legend-unknown-owners = unbekannte Besitzer
legend-pace = { $rate }: { $seconds } s entlang des Bogens
legend-pace-note = Tempo und Helligkeit sind logarithmisch. Jede Richtung hat eigene Lichter.
legend-arc = Jeder Bogen ist eine Verbindung zwischen diesem Computer und einer Gegenstelle. Er wächst von dem Ende, das die Verbindung geöffnet hat, bleibt, solange sie offen ist, und verblasst, wenn sie schließt.
legend-motion-simulated = Bewegte Lichter zeigen simulierten Datenverkehr. In einer Demo wird nichts gemessen.
legend-motion-measured = Bewegte Lichter zeigen gemessenen Datenverkehr in der Richtung, in die die Bytes gehen.
legend-motion-none = Dieses System misst keinen Datenverkehr, daher bewegt sich nichts entlang der Bögen.
legend-still-arcs = Bögen voller Breite haben Bytezähler; ohne bewegtes Licht kein Datenverkehr. Dünne Bögen haben keine (etwa UDP), daher ist ihr Datenverkehr unbekannt.
legend-thin-arcs = Alle Bögen sind dünn: keiner hat Bytezähler, daher ist ihr Datenverkehr unbekannt.
legend-dimmed = Dunkle Bögen passen nicht zum Filter. Ein heller Bogen ist ausgewählt oder unter dem Zeiger.
legend-night = Tag und Nacht entsprechen der gezeigten Zeit. Auf der Nachtseite sind die Lichter der Städte zu sehen.

## Marks on the globe, for the legend

legend-mark-city = Stadt einer Gegenstelle. Ein größerer Punkt steht für mehr Verbindungen.
legend-mark-circle = Genauigkeitsradius aus der Datenbank, oder 50 km um eine Stadt, wo sie keinen hat. Kleine erscheinen beim Heranzoomen.
legend-mark-country = Helle Fläche: nur das Land der Gegenstelle ist bekannt. Der Bogen endet unscharf.
legend-mark-outline = Weißer Umriss: das Land unter dem Zeiger oder um eine ausgewählte Stadt.
legend-mark-anycast = Anycast: Server an vielen Orten teilen sich diese Adresse.
legend-mark-unlikely = Ort auf der Karte unwahrscheinlich, nach der Umlaufzeit zu urteilen (keine Sicherheitswarnung).
legend-mark-impossible = Ort auf der Karte unmöglich: die Antwort kommt schneller als das Licht (keine Sicherheitswarnung).
legend-mark-home = Standort: dieser Computer. Ein Ring im Himmel neben dem Globus: der Standort ist nicht bekannt.
legend-mark-loop = Schleife am Standort: beide Enden sind auf diesem Computer.
legend-mark-lan = Ring um den Standort: Gegenstellen im lokalen Netz. Die Richtung hat keine Bedeutung.
legend-mark-shell = Über dem Nordpol: öffentliche Gegenstellen, deren Ort nicht bekannt ist.

## Die Zeitleiste

time-bar = Zeitleiste
time-bar-gap = Nichts wurde aufgezeichnet: { $reason }
time-bar-bin = In { $span }: { $opened } geöffnet, { $closed } geschlossen, höchstens { $open } offen, { $bytes }
time-bar-first = { $process } erreichte zum ersten Mal { $place }
time-span-10-min = 10 min
time-span-hour = 1 h
time-span-day = Tag
time-span-week = Woche
time-span-all = alles
time-bar-help = Ziehen: durch die Zeit gehen. Umschalt + Ziehen: einen Zeitraum wählen.
time-bar-chosen = Gewählt: { $from } bis { $to }
time-bar-chosen-end = Wieder alles zeigen
filter-note-reading = Es wird gelesen, was in diesem Zeitraum geschlossen wurde …
filter-note-only-open = Es wurde nichts aufgezeichnet; was vorher geschlossen wurde, ist nicht bekannt
filter-note-left-out = { $count } weitere wurden in diesem Zeitraum geschlossen; gezeigt werden die letzten { $most }
comparison-title = Vergleich
comparison-window = { $window }, aufgezeichnet { $recorded }
comparison-processes = Prozesse
comparison-countries = Länder
comparison-operators = Betreiber
comparison-ports = Ports
comparison-new = + neu
comparison-gone = − weg
comparison-more = ▲ mehr
comparison-less = ▼ weniger
comparison-same = = gleich
comparison-connections = Verbindungen
comparison-bytes = Bytes
comparison-others = und { $count } weitere
comparison-only = Nur { $name } zeigen
comparison-reading = Es wird zusammengezählt, was geschah …
comparison-nothing = In diesen Zeiträumen wurde nichts aufgezeichnet
comparison-show-connections = Verbindungen
comparison-choose-first = Zuerst einen Zeitraum wählen: Umschalt + Ziehen in der Zeitleiste
comparison-choose-second = Jetzt den zweiten Zeitraum wählen: Umschalt + Ziehen in der Zeitleiste
comparison-label = verglichen: { $before } mit { $after }
