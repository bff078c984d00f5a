# Words for the properties of a connection, errors and hints of the filter, and the list in a terminal.

## Owners, without a process

words-owner-no-process = (kein Prozess)
words-owner-not-permitted = (keine Berechtigung)
words-owner-not-found = (nicht gefunden)
words-owner-kernel = (Kernel)
words-owner-proc-unavailable = (kein /proc)
words-owner-closed-too-soon = (kurzlebig)
words-owner-not-measured = (unbekannt)
words-user = (Benutzer { $name })
process-unnamed = unbenannt, PID { $pid }
owner-missing-no-process = sein Prozess hat ihn geschlossen; der Kernel behält ihn eine Weile
owner-missing-not-permitted = keine Berechtigung, den Prozess zu untersuchen, der ihn hält
owner-missing-not-found = kein Prozess, den netglobe untersuchen kann, hält ihn
owner-missing-kernel = der Kernel selbst hält ihn, kein Prozess, zum Beispiel für einen Tunnel
owner-missing-proc-unavailable = /proc ist hier nicht lesbar
owner-missing-closed-too-soon = er wurde geschlossen, bevor sein Prozess festgestellt werden konnte
owner-missing-not-measured = diese Quelle meldet keine Prozesse

## Places

words-carrier-nat = Provider-NAT
words-place-country = { $place } (Land)
words-place-anycast = { $place } (Anycast)
words-this-computer = dieser Computer
words-any-address = jede Adresse
words-not-in-database = (nicht in Datenbank)
words-no-location = (kein Ort)
words-no-database = (keine Datenbank)
words-remote-unknown = (Gegenstelle unbekannt)
place-unnamed = unbenannter Ort
place-missing-not-public = keine öffentliche Adresse, daher ohne Ort
place-missing-not-in-database = die Adresse ist nicht in der Datenbank
place-missing-no-location = die Datenbank hat keinen Ort für diese Adresse
place-missing-database-unavailable = keine Ortsdatenbank verfügbar
place-missing-remote-unknown = diese Quelle meldet die Gegenstelle nicht

## Doubtful places

doubt-the-place = den Ort
doubt-matter-anycast = ein näherer Server mit derselben Adresse antwortet
doubt-matter-probably-anycast = die Adresse ist wahrscheinlich Anycast, und ein näherer Server antwortet
doubt-matter-wrong = die Datenbank ist falsch, oder ein näherer Server mit derselben Adresse antwortet
doubt-matter-probably-wrong = die Datenbank ist wahrscheinlich falsch, oder ein näherer Server mit derselben Adresse antwortet
doubt-impossible = Ort auf der Karte zweifelhaft (keine Sicherheitswarnung). Die kürzeste Umlaufzeit, { $measured }, ist zu kurz für { $place }: Licht braucht hin und zurück in Glasfaser mindestens { $fibre }, im Vakuum { $vacuum }. Der Server ist höchstens { $km } km entfernt ({ $vacuum_km } km im Vakuum): { $matter }.
doubt-unlikely = Ort auf der Karte zweifelhaft (keine Sicherheitswarnung). Die kürzeste Umlaufzeit, { $measured }, ist zu kurz für Glasfaser bis { $place }: Licht braucht hin und zurück mindestens { $fibre }. Sofern der größte Teil des Wegs nicht über Funk oder Laser geht, ist der Server höchstens { $km } km entfernt: { $matter }.

## The filter: what a key expects

filter-expected-process = ein Teil eines Prozessnamens oder -pfads
filter-expected-pid = eine Prozessnummer
filter-expected-user = Name oder Nummer eines Benutzers (UID)
filter-expected-unit = ein Teil des Namens eines Dienstes, Scopes oder Containers
filter-expected-ip = eine Adresse, mit Port oder ohne, oder ein Netz wie 81.2.69.0/24
filter-expected-port = ein Port von 0 bis 65535
filter-expected-country = ein Land: sein Code aus zwei Buchstaben oder sein Name
filter-expected-city = ein Teil eines Stadtnamens
filter-expected-asn = die Nummer eines autonomen Systems
filter-expected-operator = ein Teil eines Betreibernamens
filter-expected-age = eine Dauer mit Einheit: ms, s, m, h oder d
filter-expected-since = eine Uhrzeit (10:30, UTC), ein Zeitpunkt (2026-06-01T10:30:00Z) oder eine Dauer (2h)
filter-expected-during = eine Dauer (2h) oder ein Zeitraum von einer Zeit bis zu einer anderen: 10:00..10:30, 2h..1h
filter-expected-rate = eine Zahl von Bytes pro Sekunde: 500, 100k, 1.5M
filter-expected-bytes = eine Zahl von Bytes: 500, 100k, 1.5M
filter-expected-rtt = eine Dauer mit Einheit: ms, s
filter-one-of = eines von { $names }

## The filter: errors and hints

filter-error-age-comparison = ein Alter wird mit '<' oder '>' verglichen: age<10s, age>5m
filter-error-measured-comparison = Messwerte werden mit '<' oder '>' verglichen: { $example }
filter-error-ordered-keys = '<' und '>' vergleichen { $names }; { $name } wird mit ':' geschrieben, zum Beispiel { $example }
filter-error-open-quote = dieses Anführungszeichen wird nicht geschlossen: ein zweites " wurde erwartet
filter-error-word-expected = nach '-' wurde ein Wort erwartet, zum Beispiel -process:ssh
filter-error-double-minus = ein '-' verneint; um einen Text zu suchen, der mit '-' beginnt, ihn in Anführungszeichen setzen
filter-error-key-expected = vor dem Vergleich wurde ein Schlüssel erwartet, zum Beispiel port:443; um diesen Text zu suchen, ihn in Anführungszeichen setzen
filter-error-unknown-key = es gibt keinen Schlüssel { $key }: die Schlüssel sind { $names }; um einen Text mit ':', '<' oder '>' zu suchen, ihn in Anführungszeichen setzen
filter-error-unknown-key-meant = es gibt keinen Schlüssel { $key }: ist { $meant } gemeint? Die Schlüssel sind { $names }; um einen Text mit ':', '<' oder '>' zu suchen, ihn in Anführungszeichen setzen
filter-error-text-expected = hier wurde ein Text erwartet: ',' verbindet Alternativen, a,b
filter-error-value-expected = hier wurde erwartet: { $expected }, zum Beispiel { $example }
filter-error-value-wrong = { $found } passt nicht; erwartet wird { $expected }; zum Beispiel { $example }
filter-lack-rtt = keine Verbindung hat jetzt eine Umlaufzeit
filter-lack-value = keine Verbindung hat jetzt { $key }
filter-lack-unmeasured = { $key } wird auf diesem System nicht gemessen
filter-note-no-home = ohne Standort kann kein Ort geprüft werden, daher passt nichts zu flagged:
filter-note-matches-nothing = { $reasons }, daher passt nichts

## Columns of the list in a terminal

list-column-event = EREIGNIS
list-column-process = PROZESS
list-column-pid = PID
list-column-proto = PROTO
list-column-dir = RICHT
list-column-state = ZUSTAND
list-column-address = ADRESSE
list-column-place = ORT
list-column-operator = BETREIBER
list-column-sent = GESENDET
list-column-received = EMPFANGEN
list-column-rtt = RTT
