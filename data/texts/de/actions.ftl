# What can be done in the window: buttons, keys, gestures, and the help about them.

## Groups

action-group-globe = Globus
action-group-connections = Verbindungen
action-group-filter = Filter
action-group-time = Zeit
action-group-picture = Bild
action-group-window = Fenster
action-group-home = Standort
action-group-program = Programm

## Names of keys

key-control = Strg
key-shift = Umschalt
key-enter = Enter
key-escape = Esc
key-space = Leertaste
key-home = Pos1

## Gestures

action-gesture-wheel = Mausrad
action-gesture-click = Klick
action-gesture-double-click = Doppelklick
action-gesture-click-header = Klick auf Spalte
action-gesture-drag = Ziehen
action-gesture-hover = Zeigen
action-gesture-tab = Tab, Pfeile
action-turn-earth = Erde drehen
action-name-country = Land unter dem Zeiger nennen
action-move-focus = zwischen Bedienelementen und Zeilen wechseln

## Names on buttons

action-whole-earth-button = Ganze Erde
action-panels-button = Panels ausblenden
action-full-screen-button = Vollbild
action-ambient-button = Ambiente
action-save-picture-button = Bild speichern
action-pause-button = Pause
action-pick-home-button = Standort setzen
action-undo-home-button = Rückgängig
action-unset-home-button = Kein Standort
action-home-from-time-zone-button = Zeitzone verwenden
action-keys-button = Hilfe
toolbar-show-panels = Panels einblenden
toolbar-continue = Fortsetzen

## What an action does

action-zoom = zoomen
action-fly-to = auf einen Punkt zoomen
action-whole-earth = die ganze Erde zeigen
action-turn-home = zum Standort drehen
action-show-matching = alle Bögen zeigen, die zum Filter passen
action-show-selected = den ganzen ausgewählten Bogen zeigen
action-follow = neuen Verbindungen folgen
action-select = einen Bogen oder eine Zeile auswählen
action-copy-row = die ausgewählte Zeile kopieren
action-copy-details = die Details der ausgewählten Verbindung kopieren
action-table = die Tabelle ein- oder ausblenden
action-all-columns = die Tabelle auf alle Spalten verbreitern
action-sort-by = nach der Spalte sortieren; nochmals kehrt die Reihenfolge um
action-focus-filter = einen Filter eingeben
action-filter = nach einer Abfrage filtern
action-hide-rest = Unpassendes ausblenden oder abdunkeln
action-real-sun = Tag und Nacht oder überall Tageslicht
action-place-names = Ortsnamen ein- oder ausblenden
action-next-quality = Qualität: niedrig, mittel, hoch, auto
action-next-palette = Farben: Standard, Deuteranopie, Protanopie, Tritanopie, hoher Kontrast
action-reduced-motion = weniger Bewegung: die Erde ruht, Bögen ohne Kometen
action-panels = die Panels ein- oder ausblenden
action-full-screen = Vollbild
action-ambient = Ambiente: Vollbild, eine Bildunterschrift und eine langsame Rundreise
action-larger = Texte, Panels und Linien größer
action-smaller = Texte, Panels und Linien kleiner
action-usual-size = Texte, Panels und Linien in normaler Größe
action-save-picture = ein Bild des Fensters speichern
action-pause = anhalten oder fortsetzen
action-back-10-s = 10 Sekunden zurück (Demo, Aufzeichnung)
action-forward-10-s = 10 Sekunden vor (Demo, Aufzeichnung)
action-back-1-min = 1 Minute zurück (Demo, Aufzeichnung)
action-forward-1-min = 1 Minute vor (Demo, Aufzeichnung)
action-slower = halb so schnell (Demo, Aufzeichnung)
action-faster = doppelt so schnell (Demo, Aufzeichnung)
action-pick-home = den Standort mit einem Klick auf den Globus setzen
action-set-home = den Standort auf einen Ort setzen
action-undo-home = die letzte Änderung des Standorts rückgängig machen
action-unset-home = keinen Standort zeigen
action-home-from-time-zone = den Standort aus der Zeitzone nehmen
action-keys = Hilfe: Tasten, Legende, Glossar
action-legend = Legende
action-glossary = Glossar
action-credits = Quellenangaben
action-step-back = ein Schritt zurück: Hilfe schließen, Auswahl aufheben, Filter löschen, ganze Erde zeigen
action-quit = beenden

## The help

help-keys = Tasten
help-legend = Legende
help-glossary = Glossar
help-credits = Quellen
help-credits-libraries = Die Bibliotheken mit ihren Lizenzen nennt: netglobe credits
help-close = Hilfe schließen
help-keys-note = Einzelne Tasten wirken, solange weder Textfeld noch Schaltfläche den Fokus hat. Esc beendet den Fokus.

# Lessons and stage mode.
action-stage-button = Bühnenmodus
action-stage = Bühnenmodus: Adressen, Pfade, Namen und Standort maskieren
help-lessons = Lektionen
action-lessons = Lektionen
action-begin-lesson = eine Lektion beginnen
action-next-step-button = Weiter
action-next-step = nächster Schritt der Lektion
action-previous-step-button = Zurück
action-previous-step = voriger Schritt der Lektion
action-answer-lesson = die Frage der Lektion beantworten
action-end-lesson = die Lektion beenden

action-previous-change = vorige Änderung zeigen
action-next-change = nächste Änderung zeigen
action-show-moment = einen vergangenen Moment zeigen
action-live = zurück in die Gegenwart
action-live-button = Live
action-private = privater Modus: nichts aufzeichnen
action-private-button = Privat
key-end = Ende
action-previous-bin = einen Balken der Zeitleiste zurück
action-next-bin = einen Balken der Zeitleiste weiter
action-show-time-span = so viel Zeit in der Zeitleiste zeigen
action-play-speed = mit dieser Geschwindigkeit abspielen
action-since-now = nur zeigen, was ab jetzt geöffnet wird
action-since-now-button = Ab jetzt
action-gesture-shift-drag = Umschalt + Ziehen in der Zeitleiste
action-choose-time = zeigen, was in einem Zeitraum da war
action-window-begins = den Zeitraum hier beginnen
action-window-ends = den Zeitraum hier beenden
action-compare = zwei Zeiträume vergleichen
action-compare-button = Vergleichen
action-compare-by = nach Prozessen, Ländern, Betreibern oder Ports vergleichen
action-comparison-list = den Vergleich statt der Verbindungen auflisten
action-export = das in der Zeitleiste Gewählte als Aufzeichnung speichern
action-export-button = Exportieren
action-export-scrubbed = dasselbe mit ersetzten Adressen und Namen, zum Weitergeben
action-export-scrubbed-button = Anonymisiert
