# The details of the selected connection.

## The panel

details-copy = kopieren
details-copy-name = Details kopieren
details-close = Details schließen

## Labels of the lines

details-label-process = Prozess
details-label-program = Programm
details-label-shared-by = geteilt von
details-label-unit = Unit
details-label-user = Benutzer
details-label-remote = Gegenstelle
details-label-local = lokal
details-label-interface = Schnittstelle
details-label-socket = Socket
details-label-opened-by = geöffnet von
details-label-address-type = Adresstyp
details-label-place = Ort
details-label-accuracy = Genauigkeit
details-label-distance = Entfernung
details-label-on-the-globe = auf dem Globus
details-label-operator = Betreiber
details-label-anycast = Anycast
details-label-database = Datenbank
details-label-location-check = Ortsprüfung
details-label-was-open-for = war offen
details-label-open-for = offen seit
details-label-opened = geöffnet
details-label-note = Hinweis
details-label-traffic = Datenverkehr
details-label-send-rate = Senderate
details-label-receive-rate = Empfangsrate
details-label-sent = gesendet
details-label-received = empfangen
details-label-round-trip-time = Umlaufzeit
details-label-delivery-rate = Zustellrate
details-label-retransmitted = neu übertragen
details-label-represents = steht für
details-label-drawn = gezeichnet

## Title and state

details-title-listens = { $process } wartet auf { $local }
details-title-at = { $process } auf { $local }
details-kind-city = Stadt
details-kind-country = Land
details-kind-anycast = Anycast
details-doubtful = Ort auf der Karte zweifelhaft (keine Sicherheitswarnung)
details-closed-now = gerade geschlossen
details-closed-ago = vor { $duration } geschlossen

## Who communicates with whom, in a sentence

details-summary-unit = Der Dienst { $unit }
details-summary-user = Ein Prozess des Benutzers { $user }
details-summary-kernel = Der Kernel
details-summary-unknown = Ein unbekannter Prozess
details-summary-waits = { $who } auf diesem Computer wartet auf Verbindungen an { $protocol }-Port { $port }.
details-summary-waited = { $who } auf diesem Computer wartete auf Verbindungen an { $protocol }-Port { $port }.
details-summary-is-connected = { $who } auf diesem Computer ist verbunden; das System meldet nicht, mit wem.
details-summary-was-connected = { $who } auf diesem Computer war verbunden; das System meldet nicht, mit wem.
details-summary-is-out = { $who } auf diesem Computer ist verbunden mit Port { $port } von { $peer }.
details-summary-was-out = { $who } auf diesem Computer war verbunden mit Port { $port } von { $peer }.
details-summary-is-in = { $who } auf diesem Computer ist verbunden mit { $peer }; die Gegenstelle hat die Verbindung zu Port { $port } geöffnet.
details-summary-was-in = { $who } auf diesem Computer war verbunden mit { $peer }; die Gegenstelle hat die Verbindung zu Port { $port } geöffnet.
details-peer-here = einem anderen Programm auf diesem Computer
details-peer-lan = { $address } im lokalen Netz
details-peer-operator = { $peer } (Betreiber: { $operator })
details-peer-place = { $peer }, gelegen in { $place }
details-peer-place-doubtful = { $peer }, gelegen in { $place } (zweifelhaft)

## Reasons for unknown values, used for several lines

details-not-reported = von dieser Quelle nicht gemeldet
details-not-recorded = nicht in der Aufzeichnung
details-none-simulated = keine Angabe: simulierte Verbindung
details-simulated = simulierte Verbindung
details-not-in-database = nicht in der Datenbank
details-not-counted = nicht gemessen: dieser Kernel zählt es nicht
details-not-measured = nicht gemessen

## The owner

details-process = { $name } (PID { $pid })
details-program-not-permitted = keine Berechtigung, seinen Pfad zu lesen
details-shared-by = PIDs { $pids }; gezeigt wird der neueste
details-user = { $name } (UID { $uid })
details-uid = UID { $uid }
details-no-unit = nicht Teil eines benannten Dienstes, Scopes oder Containers

## The socket

details-remote-listening = keine: dieser Socket wartet auf Verbindungen
details-interface = { $name } (der Socket ist daran gebunden)
details-opened-here = diesem Computer
details-opened-remotely = der Gegenstelle
details-opened-unknown = unbekannt: von dieser Quelle nicht gemeldet
details-reach-all = wartet auf allen Adressen dieses Computers
details-reach-this-computer = nur von diesem Computer erreichbar
details-reach-lan = wartet auf einer Adresse des lokalen Netzes
details-reach-carrier = wartet auf einer Adresse des Provider-Netzes
details-reach-multicast = empfängt eine Multicast-Gruppe
details-reach-address = wartet nur auf dieser Adresse

## The place

details-place-country-centre = nur das Land: irgendwo darin; der Bogen endet in der Mitte
details-place-country = nur das Land: die Datenbank nennt keine Stadt
details-place-anycast = Anycast: viele Server teilen sich diese Adresse; welcher antwortet, ist unbekannt
details-accuracy-country = innerhalb { $km } km: irgendwo im Land
details-accuracy-simulated = innerhalb { $km } km (simuliert)
details-accuracy-database = innerhalb { $km } km, laut Datenbank
details-accuracy-unknown = unbekannt: { $why }
details-accuracy-unknown-drawn = unbekannt: { $why }; der Kreis zeigt { $km } km
details-distance = { $km } km vom Standort
details-distance-country = { $km } km vom Standort zum Punkt im Land
details-distance-estimated = { $km } km vom Standort ± { $error } km (Standort ist geschätzt)
details-distance-country-estimated = { $km } km vom Standort zum Punkt im Land ± { $error } km (Standort ist geschätzt)
details-distance-unknown = unbekannt: kein Standort gesetzt
details-database = { $name }, Stand { $built }
details-database-simulated = nicht verwendet: der Ort ist simuliert
details-database-none = keine Datenbank enthält diese Adresse
details-check-holds = { $doubt } Dies gilt überall im Umkreis von { $km } km um { $home }, wo dieser Computer auch steht.
details-check-needs-home = braucht einen genauen Standort; falls dieser Computer in { $home } steht: { $doubt }
details-spot-listening = nicht gezeigt: ein wartender Socket hat keine Gegenstelle
details-spot-untold = nicht gezeigt: die Gegenstelle wird nicht gemeldet
details-spot-lan = auf dem Ring um den Standort (lokales Netz)
details-spot-loop = eine Schleife am Standort (beide Enden auf diesem Computer)
details-spot-shell = über dem Nordpol, bei den anderen Adressen ohne bekannten Ort
details-spot-elsewhere = nicht gezeigt: kein einzelner Computer hat diese Adresse

## Times

details-short-lived = kürzer als die Zeit zwischen zwei Abfragen
details-at-least = mindestens { $duration }
details-opened-before = vor der ersten Abfrage; das System meldet nicht, wann

## Traffic

details-note-simulated = simuliert: nichts davon wurde gemessen
details-traffic-udp = nicht gemessen: das System zählt die Bytes eines UDP-Sockets nicht
details-traffic-ended = nicht gemessen: der Kernel behält keine Zähler einer beendeten Verbindung
details-traffic-not-measured = von dieser Quelle nicht gemessen
details-rate = { $bytes }/s (Mittel über etwa { $seconds } s)
details-rate-simulated = { $bytes }/s (simuliert)
details-rate-not-yet = nach der zweiten Abfrage verfügbar
details-bytes-total = insgesamt { $bytes }
details-bytes-last = { $bytes } bei der letzten Abfrage; bis zum Schließen kann mehr übertragen worden sein
details-bytes-one-less = { $bytes } (ein Byte weniger, falls die Gegenstelle zuerst geschlossen hat)
details-rtt = { $time }, Minimum { $minimum }
details-rtt-minimum = Minimum { $minimum }
details-rtt-rounded = { $time } (Bühnenmodus: aufgerundet)
details-rtt-not-yet = noch nicht gemessen: es wurden noch keine Daten bestätigt
details-delivery-limited = { $rate } oder mehr: begrenzt durch das Programm, nicht durch das Netz
details-delivery-not-yet = noch nicht gemessen: es wurden noch keine Daten gesendet und bestätigt
details-segments =
    { $count ->
        [one] { $count } Segment
       *[other] { $count } Segmente
    }

## Others that are drawn together with it

details-represents =
    { $others ->
        [one] { $others } weitere kurzlebige Verbindung zum selben Ort
       *[other] { $others } weitere kurzlebige Verbindungen zum selben Ort
    }
details-bundle = in einem Bündel mit { $others } anderen von { $owner } zu diesem Ort
details-bundle-unknown = in einem Bündel mit { $others } anderen zu diesem Ort, deren Besitzer unbekannt sind
