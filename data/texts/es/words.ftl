# Words for the properties of a connection, errors and hints of the filter, and the list in a terminal.

## Owners, without a process

words-owner-no-process = (sin proceso)
words-owner-not-permitted = (sin permiso)
words-owner-not-found = (no encontrado)
words-owner-kernel = (kernel)
words-owner-proc-unavailable = (sin /proc)
words-owner-closed-too-soon = (breve)
words-owner-not-measured = (desconocido)
words-user = (usuario { $name })
process-unnamed = sin nombre, PID { $pid }
owner-missing-no-process = su proceso lo ha cerrado; el kernel lo conserva un tiempo
owner-missing-not-permitted = sin permiso para inspeccionar el proceso que lo tiene
owner-missing-not-found = no lo tiene ningún proceso que netglobe pueda inspeccionar
owner-missing-kernel = lo tiene el propio kernel, no un proceso, por ejemplo para un túnel
owner-missing-proc-unavailable = aquí no se puede leer /proc
owner-missing-closed-too-soon = se cerró antes de poder determinar su proceso
owner-missing-not-measured = esta fuente no informa de los procesos

## Places

words-carrier-nat = NAT de operador
words-place-country = { $place } (país)
words-place-anycast = { $place } (anycast)
words-this-computer = este ordenador
words-any-address = cualquier dirección
words-not-in-database = (no está en la base)
words-no-location = (sin ubicación)
words-no-database = (sin base de datos)
words-remote-unknown = (remoto desconocido)
place-unnamed = lugar sin nombre
place-missing-not-public = no es una dirección pública, así que no tiene ubicación
place-missing-not-in-database = la dirección no está en la base de datos
place-missing-no-location = la base de datos no tiene ubicación para esta dirección
place-missing-database-unavailable = no hay base de datos de ubicaciones disponible
place-missing-remote-unknown = esta fuente no informa del extremo remoto

## Doubtful places

doubt-the-place = la ubicación
doubt-matter-anycast = responde un servidor más cercano con la misma dirección
doubt-matter-probably-anycast = la dirección probablemente es anycast y responde un servidor más cercano
doubt-matter-wrong = la base de datos es errónea, o responde un servidor más cercano con la misma dirección
doubt-matter-probably-wrong = la base de datos probablemente es errónea, o responde un servidor más cercano con la misma dirección
doubt-impossible = Ubicación dudosa en el mapa (no es un aviso de seguridad). El tiempo mínimo de ida y vuelta, { $measured }, es demasiado corto para { $place }: la luz necesita al menos { $fibre } de ida y vuelta en fibra, { $vacuum } en el vacío. El servidor está a menos de { $km } km ({ $vacuum_km } km en el vacío): { $matter }.
doubt-unlikely = Ubicación dudosa en el mapa (no es un aviso de seguridad). El tiempo mínimo de ida y vuelta, { $measured }, es demasiado corto para fibra hasta { $place }: la luz necesita al menos { $fibre } de ida y vuelta. Salvo que la mayor parte del trayecto sea por radio o láser, el servidor está a menos de { $km } km: { $matter }.

## The filter: what a key expects

filter-expected-process = parte del nombre o de la ruta de un proceso
filter-expected-pid = un número de proceso
filter-expected-user = el nombre o número de un usuario (UID)
filter-expected-unit = parte del nombre de un servicio, scope o contenedor
filter-expected-ip = una dirección, con puerto o sin él, o una red como 81.2.69.0/24
filter-expected-port = un puerto de 0 a 65535
filter-expected-country = un país: su código de dos letras o su nombre
filter-expected-city = parte del nombre de una ciudad
filter-expected-asn = el número de un sistema autónomo
filter-expected-operator = parte del nombre de un operador
filter-expected-age = una duración con unidad: ms, s, m, h o d
filter-expected-since = una hora (10:30, UTC), una fecha y hora (2026-06-01T10:30:00Z) o una duración (2h)
filter-expected-during = una duración (2h) o un período de un momento a otro: 10:00..10:30, 2h..1h
filter-expected-rate = un número de bytes por segundo: 500, 100k, 1.5M
filter-expected-bytes = un número de bytes: 500, 100k, 1.5M
filter-expected-rtt = una duración con unidad: ms, s
filter-one-of = uno de { $names }

## The filter: errors and hints

filter-error-age-comparison = una antigüedad se compara con '<' o '>': age<10s, age>5m
filter-error-measured-comparison = lo que se mide se compara con '<' o '>': { $example }
filter-error-ordered-keys = '<' y '>' comparan { $names }; { $name } se escribe con ':', por ejemplo { $example }
filter-error-open-quote = estas comillas no se cierran: se esperaba un segundo "
filter-error-word-expected = se esperaba una palabra después de '-', por ejemplo -process:ssh
filter-error-double-minus = un solo '-' niega; para buscar un texto que empiece por '-', ponerlo entre comillas
filter-error-key-expected = se esperaba una clave antes de la comparación, por ejemplo port:443; para buscar este texto, ponerlo entre comillas
filter-error-unknown-key = no existe la clave { $key }: las claves son { $names }; para buscar un texto con ':', '<' o '>', ponerlo entre comillas
filter-error-unknown-key-meant = no existe la clave { $key }: ¿quizá { $meant }? Las claves son { $names }; para buscar un texto con ':', '<' o '>', ponerlo entre comillas
filter-error-text-expected = aquí se esperaba un texto: ',' une alternativas, a,b
filter-error-value-expected = aquí se esperaba { $expected }, por ejemplo { $example }
filter-error-value-wrong = { $found } no es { $expected }; por ejemplo { $example }
filter-lack-rtt = ninguna conexión tiene ahora tiempo de ida y vuelta
filter-lack-value = ninguna conexión tiene ahora { $key }
filter-lack-unmeasured = { $key } no se mide en este sistema
filter-note-no-home = sin ubicación propia no se puede comprobar ningún lugar, así que flagged: no encuentra nada
filter-note-matches-nothing = { $reasons }, así que no encuentra nada

## Columns of the list in a terminal

list-column-event = EVENTO
list-column-process = PROCESO
list-column-pid = PID
list-column-proto = PROTO
list-column-dir = DIR
list-column-state = ESTADO
list-column-address = DIRECCIÓN
list-column-place = UBICACIÓN
list-column-operator = OPERADOR
list-column-sent = ENVIADO
list-column-received = RECIBIDO
list-column-rtt = RTT
