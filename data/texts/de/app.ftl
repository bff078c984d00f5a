# Texts of the window itself: notices, status line, home, limitations of the program, location databases and the sampler.

## Notices

notice-palette = Farben: { $name }
notice-home-set = Standort gesetzt: { $name }
notice-home = Standort: { $home }
notice-home-missing = Kein Standort: { $why }
notice-home-off = Kein Standort: Bögen beginnen an einem Ring neben dem Globus.
notice-home-off-zone = Kein Standort: Bögen beginnen an einem Ring neben dem Globus. Die Zeitzone legt { $zone } nahe.
notice-monitor-missing = Den Monitor { $monitor } gibt es nicht; vorhanden: { $monitors }.
notice-picture-saved = Bild gespeichert: { $path }
notice-picture-failed = Das Bild ist nicht gespeichert: { $why }

## Why a picture is not saved

picture-busy = frühere werden noch geschrieben
picture-no-thread = es kann kein Thread gestartet werden: { $error }
picture-no-pixels = seine Pixel können nicht gelesen werden: { $error }
picture-unwritable = in { $directory } kann nicht geschrieben werden: { $error }
picture-not-encoded = es kann nicht kodiert werden: { $error }

## The home of this computer

home-words = { $name }, laut { $source }
home-words-uncertain = { $name }, laut { $source }; Abweichung bis { $km } km
home-source-config = Konfiguration
home-source-clicked = Klick auf den Globus
home-source-time-zone = Zeitzone
home-source-recorded = Aufzeichnung
home-near = bei { $place }
home-away = { $km } km von { $place }
home-missing-switched-off = er ist ausgeschaltet
home-missing-no-time-zone = die Zeitzone des Systems ist nicht feststellbar
home-missing-unnamed = die Zeitzone des Systems ist nicht erkennbar: /etc/localtime ist eine Kopie, die zu keiner oder mehreren Zonen passt
home-missing-no-place = die Zeitzone { $zone } hat keinen Ort
home-not-saved = der neue Standort gilt, ist aber nicht gespeichert: { $error }
home-not-saved-remedy = die Datei beschreibbar machen
home-disk-slow = frühere werden noch geschrieben: der Datenträger ist langsam
home-no-thread = zum Schreiben kann kein Thread gestartet werden: { $error }

## The status line

app-status-live = LIVE
app-status-not-live = NICHT LIVE
app-status-paused = PAUSE
app-status-label-paused = { $label } · PAUSE
app-status-faster = { $mode } · { $factor }-mal so schnell
app-status-slower = { $mode } · 1/{ $factor } der Geschwindigkeit
app-status-following = { $mode } · folgt
app-status-home = Standort: { $home }
app-status-home-from = Standort: laut { $source }
app-status-no-home = kein Standort: { $why }
app-status-no-match = nichts passt zum Filter { $filter }
app-status-setting-home = auf dem Globus auf den Standort dieses Computers klicken; Esc bricht ab
app-status-unread = die Verbindungen dieses Computers können nicht gelesen werden
app-status-unread-why = die Verbindungen dieses Computers können nicht gelesen werden: { $why }
app-status-no-earth = die Erdoberfläche kann nicht gezeichnet werden: { $error }
app-status-graphics-remedy = den Grafiktreiber aktualisieren
app-status-sampler-lost = Verbindungen werden nicht mehr aktualisiert: die Abfrage wurde beendet

## Connections that were not shown individually, or not seen

missed-grouped = kurzlebige Verbindungen zusammengefasst
missed-grouped-meaning = Verbindungen, die zwischen zwei Abfragen auf- und abgebaut und mit einer anderen zum selben Ort zusammen gezeichnet wurden
missed-not-drawn = kurzlebige Verbindungen nicht gezeichnet
missed-not-drawn-meaning = Verbindungen, die zwischen zwei Abfragen auf- und abgebaut wurden und zu viele auf einmal waren, um sie zu zeichnen: gezählt, aber nicht gezeigt
missed-aborted = abgebrochen
missed-aborted-meaning = Verbindungen, die zwischen zwei Abfragen abgelehnt oder abgebrochen wurden. Der Kernel meldet ihre Gegenstelle nicht: gezählt, aber nicht gezeigt
missed-dropped = verworfen
missed-dropped-meaning = Verbindungen, die auf- und abgebaut wurden, während das Fenster beschäftigt war, und zu viele waren, um sie zu behalten: gezählt, aber nicht gezeigt
missed-events-lost = Schließmeldungen verloren
missed-events-lost-meaning = Schließmeldungen, die der Kernel schneller geliefert hat, als sie gelesen werden konnten. Kurzlebige Verbindungen können fehlen
missed-not-kept = geschlossene Verbindungen nicht behalten
missed-not-kept-meaning = Die Tabelle behält höchstens 1.000 geschlossene Verbindungen. Diese sind früher entfallen, weil nach ihnen andere geschlossen wurden
missed-queued = Änderungen in der Warteschlange
missed-queued-meaning = Änderungen, die empfangen wurden und in den nächsten Bildern gezeigt werden

## The quality of the picture, and the reason for it

quality-low = niedrig
quality-medium = mittel
quality-high = hoch
quality-words = { $tier } ({ $reason })
quality-words-at-scale = { $tier } mit { $percent } % Auflösung ({ $reason })
quality-chosen = gewählt
quality-auto = auto: { $why }
quality-auto-battery = auto: Akkubetrieb
quality-adapter-software = Software-Rasterizer
quality-adapter-integrated = integrierte Grafik
quality-adapter-discrete = Grafikkarte
quality-frames-late = auto: Bilder brauchen { $ms } ms
quality-frames-on-time = auto: Bilder sind rechtzeitig

## The reason for the frame rate, in two or three words

power-battery = Akkubetrieb
power-background = im Hintergrund
power-hidden = verdeckt
power-interactive = interaktiv
power-loading = lädt
power-fading = Überblendung
power-opening = Verbindungen öffnen oder schließen
power-traffic = Datenverkehr
power-turning = Erde dreht sich
power-assisted = Hilfstechnik hört zu
power-burn-in = Schutz vor Einbrennen
power-idle = Leerlauf
power-cpu-limit = CPU-Grenze

## Labels beside the globe

spot-this-computer = dieser Computer
spot-unknown = Ort unbekannt

## Keeping the screen on

awake-why = der Globus wird gezeigt
awake-failed = der Bildschirm kann sich ausschalten, während der Globus gezeigt wird: { $reason }
awake-failed-remedy = den Bildschirmschoner in den Einstellungen der Arbeitsumgebung ausschalten
awake-no-thread = es kann kein Thread gestartet werden: { $error }
awake-unsupported = dieses System wird noch nicht unterstützt
awake-no-service = kein { $name } auf dem Sitzungsbus: { $error }
awake-no-bus = es gibt keinen Sitzungsbus
awake-x11-silent = der X-Server antwortet nicht: { $error }
awake-x11-lacks = der X-Server hat keine Erweiterung für Bildschirmschoner: { $error }
awake-wayland-surface = die Wayland-Oberfläche ist nicht verwendbar: { $error }
awake-wayland-lacks = der Wayland-Compositor kann die Bildschirmabschaltung nicht verhindern: { $error }

## What helps, for several limitations

remedy-restart = netglobe neu starten
remedy-reinstall = netglobe neu installieren

## Location databases

geo-internal-error = interner Fehler: { $error }
geo-no-thread = ein Thread kann nicht gestartet werden: { $error }
geo-no-database = keine Ortsdatenbank: { $error }
geo-not-used = { $error }; sie wird nicht verwendet
geo-remedy-configured = geo_db in der Konfiguration berichtigen
geo-remedy-replace-or-remove = die Datei ersetzen oder entfernen
geo-remedy-replace = die Datei ersetzen
geo-not-cached = eine entpackte Datenbank kann nicht zwischengespeichert werden, daher dauert jeder Start länger: { $error }
geo-not-cached-remedy = Speicherplatz freigeben oder (nicht unter Windows) XDG_CACHE_HOME auf einen anderen Ordner setzen
geo-cannot-list = Datenbanken in { $directory } können nicht aufgelistet werden: { $error }
geo-cannot-list-remedy = den Ordner lesbar machen
geo-built-in-instead = { $error }; stattdessen wird die eingebaute Datenbank verwendet
geo-old-places = die Datenbank { $name } ({ $built }) ist { $days } Tage alt: Orte können falsch sein
geo-old-operators = die Datenbank { $name } ({ $built }) ist { $days } Tage alt: Betreiber können falsch sein
geo-old-remedy = netglobe aktualisieren oder mit --geo-db eine neuere Datenbank verwenden
geo-old-remedy-geolite2 = GeoLite2 muss nach 30 Tagen aktualisiert werden: erneut herunterladen
mmdb-unreadable = { $origin } kann nicht gelesen werden: { $reason }
mmdb-corrupt = { $origin } ist keine gültige Datenbank im Format von MaxMind: { $reason }
mmdb-unsupported = { $origin } ist eine Datenbank vom Typ „{ $kind }“, in der nichts gefunden wurde ({ $wanted }); gesucht wurde: { $fields }
mmdb-places = Orte
mmdb-operators = Betreiber
mmdb-places-or-operators = Orte oder Betreiber
mmdb-place-fields = ein Land ({ $country }), ein Punkt (latitude und longitude, lat und lng, { $location })
mmdb-operator-fields = eine AS-Nummer ({ $number })
mmdb-embedded-city = die eingebaute Städtedatenbank
mmdb-embedded-operators = die eingebaute Betreiberdatenbank
mmdb-decoder-broke = der Decoder ist daran gescheitert
mmdb-not-regular = es ist keine reguläre Datei
mmdb-empty = die Datei ist leer
mmdb-too-large = die Datei ist größer als 2 GiB
mmdb-damaged = die Datei ist beschädigt
mmdb-wrong-checksum = der Inhalt hat nicht die angegebene Prüfsumme

## Why an address is anycast, or may be

anycast-resolver = ein öffentlicher Nameserver, der aus vielen Städten unter einer Adresse antwortet
anycast-root = ein Root-Nameserver, der aus vielen Städten unter einer Adresse antwortet
anycast-time = ein öffentlicher Zeitserver, der aus vielen Städten unter einer Adresse antwortet
anycast-as112 = eine Senke für fehlgeleitete Namensanfragen (AS112), von vielen Betreibern unter einer Adresse betrieben
anycast-relay = eine Adresse, die laut Standard zum nächsten Relay gehört
anycast-cdn = vielleicht Anycast: der Betreiber bedient viele Websites aus vielen Städten unter einer Adresse
anycast-dns = vielleicht Anycast: der Betreiber hat Nameserver in vielen Städten unter einer Adresse

## The configuration file

config-unreadable = die Konfiguration { $path } kann nicht gelesen werden: { $error }
config-wrong = die Konfiguration { $path } hat einen Fehler in Zeile { $line }: { $message }
config-unwritable = die Konfiguration { $path } kann nicht geschrieben werden: { $error }
config-no-directory = kein Konfigurationsordner bekannt: XDG_CONFIG_HOME oder HOME setzen oder mit --config eine Datei angeben
config-ignored = { $error }; alle Einstellungen darin werden ignoriert
config-remedy-owner = den Besitz der Datei zurückholen (sudo chown) oder sie entfernen
config-remedy-correct = die Datei berichtigen oder entfernen
config-too-large = die Datei ist größer als 1 MiB, also keine Konfiguration

## Reading the connections of this computer

sampler-netlink = { $action } über Netlink nicht möglich: { $error }
sampler-timed-out = { $action } über Netlink nicht möglich: keine Antwort innerhalb von { $seconds } s
sampler-malformed = { $action } über Netlink nicht möglich: ungültige Antwort: { $error }
sampler-action-ask = Abfragen der Sockets
sampler-action-events = Melden geschlossener Sockets
sampler-action-tcp = Auflisten der TCP-Sockets
sampler-action-tcp-ipv4 = Auflisten der TCP-Sockets (IPv4)
sampler-action-tcp-ipv6 = Auflisten der TCP-Sockets (IPv6)
sampler-action-udp = Auflisten der UDP-Sockets
sampler-action-udp-ipv4 = Auflisten der UDP-Sockets (IPv4)
sampler-action-udp-ipv6 = Auflisten der UDP-Sockets (IPv6)
sampler-unsupported = die Quelle { $name } gibt es nur unter Linux
sampler-netstat2 = netstat2 kann die Sockets nicht auflisten: { $error }
sampler-netstat2-refused = netstat2 darf die Sockets nicht auflisten: { $error }
sampler-netstat2-empty = netstat2 wurde abgewiesen: es listet keine Sockets, aber { $table } hat { $rows } Zeilen
sampler-table = proc-net kann { $table } nicht lesen: { $error }
sampler-table-no-heading = sie hat nicht die Kopfzeile einer solchen Tabelle
sampler-panicked = interner Fehler in der Quelle { $name }: { $message }
sampler-shows-now = die Quelle { $kind } ist live und kann nicht zu { $to } springen
sampler-remedy-refused = dieser Kernel oder diese Sandbox verweigert NETLINK_SOCK_DIAG: --source proc-net verwenden, das kein Netlink braucht, oder netglobe außerhalb der Sandbox ausführen
sampler-remedy-table = /proc einhängen oder netglobe dort ausführen, wo es lesbar ist
sampler-remedy-netstat2 = --source netstat2 verwenden
sampler-remedy-scenario = die Datei berichtigen; netglobe demo --check DATEI listet alle Fehler
sampler-remedy-doctor = netglobe doctor ausführen, um zu sehen, welche Quellen hier funktionieren
sampler-remedy-udp-peers = --source sock-diag für die Gegenstellen von UDP verwenden
sampler-lacks-netstat2 = diese Quelle meldet weder UDP-Gegenstellen noch Datenverkehr
sampler-lacks-windows = Windows nennt ohne Administratorrechte weder UDP-Gegenstellen noch Datenverkehr und keine Verbindungen, die zwischen zwei Stichproben liegen
sampler-lacks-remedy-interval = Verbindungen, die kürzer sind als der Abstand zweier Stichproben, sind mit --interval 500ms öfter zu sehen; mehr lässt sich nicht tun
sampler-lacks-proc-net = diese Quelle meldet weder Datenverkehr noch systemd-Units, Schnittstellen oder kurzlebige Verbindungen
sampler-lacks-proc-net-remedy = --source sock-diag verwenden, wo das System Netlink erlaubt
sampler-unreadable-rows = { $count } Sockets fehlen in der Liste: ihre Zeilen in /proc/net sind nicht lesbar
sampler-no-udp = UDP-Sockets fehlen in der Liste: dieser Kernel hat kein udp_diag
sampler-no-udp-netstat2 = UDP-Sockets fehlen in der Liste: der Kernel weist die Anfrage von netstat2 ab
sampler-no-udp-remedy = das Modul udp_diag laden oder --source proc-net verwenden
sampler-no-events = kurzlebige Verbindungen werden nicht gemeldet: { $error }
sampler-no-events-remedy = Linux 4.2 oder neuer verwenden
sampler-events-ended = Schließmeldungen kommen nicht mehr an: { $error }; kurzlebige Verbindungen fehlen, und letzte Bytezahlen können zu niedrig sein
sampler-not-whole = die Socket-Tabellen des Kernels haben sich dreimal in Folge beim Lesen geändert: Verbindungen können fehlen
sampler-no-processes = Prozesse sind nicht verfügbar: { $root } kann nicht aufgelistet werden: { $error }
sampler-no-processes-remedy = { $root } einhängen oder netglobe dort ausführen, wo es lesbar ist
sampler-no-names = Prozessnamen sind nicht verfügbar: { $error }
sampler-other-networks =
    { $processes ->
        [one] { $processes } Prozess ist
       *[other] { $processes } Prozesse sind
    } in { $namespaces ->
        [one] einem anderen Netzwerk-Namensraum, wie ihn ein Container hat
       *[other] { $namespaces } anderen Netzwerk-Namensräumen, wie sie Container haben
    }: { $processes ->
        [one] seine
       *[other] ihre
    } Verbindungen fehlen in der Liste
sampler-other-networks-remedy = um sie aufzulisten, als root ausführen: { $command }
sampler-no-thread = Verbindungen können nicht abgefragt werden: ein Thread kann nicht gestartet werden: { $error }
sampler-no-thread-remedy = andere Programme schließen oder die Prozessgrenze erhöhen
sampler-not-updated = Verbindungen werden nicht aktualisiert: { $error }
sampler-not-listed = Verbindungen können nicht aufgelistet werden: { $error }
sampler-then = { $causes }; dann: { $error }
sampler-fell-back = von { $from } auf { $to } ausgewichen: { $causes }
sampler-fell-back-remedy = um den Fehler zu sehen, mit --source { $source } starten
sampler-cannot-seek = Sprung zu { $to } nicht möglich: { $error }

## Recordings and scenarios

recording-open = die Aufzeichnung { $path } kann nicht geöffnet werden: { $error }
recording-no-time = keine Datei { $path },{ $time }, und { $quoted } ist keine Zeit von { $path }: erwartet wird eine Zeit, zum Beispiel 2026-06-01T12:00:00Z, oder eine Zeit ab dem Anfang, etwa 90s
recording-before-begin = Sprung zu { $at } nicht möglich: die Aufzeichnung beginnt um { $begin }
recording-rewind = Zurückspringen in der Aufzeichnung nicht möglich: { $error }; sie zuerst als reguläre Datei speichern
recording-read = Zeile { $line } der Aufzeichnung kann nicht gelesen werden: { $error }
recording-no-heading = keine Aufzeichnung von netglobe: Zeile 1 müsste { $heading } sein: { $error }
recording-version = die Aufzeichnung hat Version { $found }, dieses netglobe liest Version { $version }: das netglobe verwenden, das sie gemacht hat
recording-wrong = Zeile { $line } der Aufzeichnung ist falsch: { $message }
recording-truncated = die Aufzeichnung endet mitten in Zeile { $line }; alles davor wird abgespielt
recording-too-long = Zeile { $line } der Aufzeichnung ist länger als { $megabytes } MiB
recording-remedy = neu aufzeichnen oder die Datei vor dieser Zeile abschneiden
authored-unknown =
    { $kind ->
        [lesson] unbekannte Lektion { $name }; vorhanden: { $available }, oder der Pfad einer .toml-Datei
       *[other] unbekanntes Szenario { $name }; vorhanden: { $available }, oder der Pfad einer .toml-Datei
    }
authored-unreadable =
    { $kind ->
        [lesson] die Lektion { $file } kann nicht gelesen werden: { $error }
       *[other] das Szenario { $file } kann nicht gelesen werden: { $error }
    }
authored-more-errors =
    { $count ->
        [one] (und { $count } weiterer Fehler)
       *[other] (und { $count } weitere Fehler)
    }

# Lessons and stage mode.
lesson-step-of = { $title } · { $step } von { $steps }
lesson-end = Lektion beenden
lesson-for-teacher = Für die Lehrkraft
lesson-show-answer = Antwort zeigen
lesson-go-on = Ohne das weiter
lesson-skip = Überspringen
lesson-begin = Beginnen
lesson-begin-named = Lektion beginnen: { $title }
lesson-age = Alter { $age }, { $minutes } Minuten
lesson-files = Lektionen sind Textdateien, die man kopieren und ändern kann: siehe data/lessons
lesson-cannot-begin = Die Lektion kann nicht beginnen: { $error }
lesson-waiting-count = Warten auf { $what }: bisher { $seen } von { $count }
lesson-waiting = Warten auf { $what }
stage-begins = Bühnenmodus: Adressen, Pfade, Namen und Ihr Standort sind maskiert
stage-ask = Adressen, Pfade, Namen und Ihren Standort wieder zeigen? Noch einmal S drücken.
stage-refuses-home = Der Standort kann im Bühnenmodus nicht geändert werden, denn das würde ihn zeigen
stage-home-hidden = im Bühnenmodus verborgen
stage-somewhere-in = irgendwo in { $country }

home-missing-not-recorded = er ist für den gezeigten Moment nicht bekannt

## Der Verlauf

time-past = VERGANGEN { $time }
recording-on = aufgezeichnet
recording-on-meaning = Verbindungen werden in einer Datei auf diesem Rechner aufgezeichnet, die nur du lesen kannst, damit du die Vergangenheit ansehen kannst. I beendet das.
recording-starting = Aufzeichnung beginnt
recording-along = von anderem netglobe aufgezeichnet
recording-along-meaning = Ein anderes netglobe auf diesem Rechner zeichnet auf; dieses übernimmt, wenn es endet.
recording-private = PRIVAT: nicht aufgezeichnet
recording-private-meaning = Nichts wird aufgezeichnet, bis der private Modus endet (I).
recording-failed = nicht aufgezeichnet
recording-failed-meaning = Verbindungen können nicht aufgezeichnet werden; die Liste der Einschränkungen sagt, warum.
recording-off = nicht aufgezeichnet
recording-off-meaning = Verbindungen werden nicht aufgezeichnet: Das ist ausgeschaltet, oder gezeigt wird nicht dieser Rechner jetzt.
recording-begins = Ab jetzt werden Verbindungen in einer Datei auf diesem Rechner aufgezeichnet, die nur du lesen kannst. I beendet das, --no-history schaltet es aus.
recording-private-begins = Privater Modus: Nichts wird aufgezeichnet.
recording-private-ends = Verbindungen werden wieder aufgezeichnet.
recording-no-past = Es wurde noch nichts aufgezeichnet.
dropped-shown = { $name } wird gezeigt.
notice-exporting = Wird exportiert …
notice-exported = { $count } Verbindungen exportiert, { $size }: { $path }
notice-exported-private = Die Datei enthält Adressen und Namen.
notice-exported-damaged = { $count } beschädigte Teile des Verlaufs fehlen.
notice-not-exported = Nicht exportiert: { $why }
sandbox-off = Der Kernel hindert netglobe nicht daran, das Netz zu benutzen, weil --no-sandbox angegeben wurde.
sandbox-off-remedy = Ohne --no-sandbox starten.
sandbox-impossible = Der Kernel hindert netglobe nicht daran, das Netz zu benutzen: { $why }.

graphics-stepped-down = { $adapter } zeichnet: { $why }
graphics-no-vulkan = kein Treiber für Vulkan wurde gefunden
graphics-no-vulkan-card = kein Treiber für Vulkan zeichnet mit der Grafikkarte
graphics-no-surface = { $adapter } unterstützt kein Pixelformat dieser Anzeige
graphics-lost = { $adapter } hat zweimal sein Gerät verloren
graphics-rejected = { $adapter } hat einen Befehl abgelehnt: { $error }
graphics-no-pictures = { $adapter } lieferte keine Bilder für das Fenster
graphics-unfinished = { $adapter } ist von Mesa vor 21 und stürzt ab (in Debian 11)
graphics-no-wayland-egl = OpenGL kann auf Wayland ohne libwayland-egl.so.1 nicht zeichnen (Debian, Ubuntu: apt install libwayland-egl1)
app-status-thread-failed = ein Teil von netglobe ist ausgefallen ({ $failed })
