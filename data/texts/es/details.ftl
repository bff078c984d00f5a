# The details of the selected connection.

## The panel

details-copy = copiar
details-copy-name = Copiar los detalles
details-close = Cerrar los detalles

## Labels of the lines

details-label-process = proceso
details-label-program = programa
details-label-shared-by = compartido por
details-label-unit = unidad
details-label-user = usuario
details-label-remote = remoto
details-label-local = local
details-label-interface = interfaz
details-label-socket = socket
details-label-opened-by = abierta por
details-label-address-type = tipo de dirección
details-label-place = ubicación
details-label-accuracy = precisión
details-label-distance = distancia
details-label-on-the-globe = en el globo
details-label-operator = operador
details-label-anycast = anycast
details-label-database = base de datos
details-label-location-check = comprobación
details-label-was-open-for = estuvo abierta
details-label-open-for = abierta desde hace
details-label-opened = abierta
details-label-note = nota
details-label-traffic = tráfico
details-label-send-rate = tasa de envío
details-label-receive-rate = tasa de recepción
details-label-sent = enviado
details-label-received = recibido
details-label-round-trip-time = ida y vuelta
details-label-delivery-rate = tasa de entrega
details-label-retransmitted = retransmitido
details-label-represents = representa
details-label-drawn = dibujada

## Title and state

details-title-listens = { $process } escucha en { $local }
details-title-at = { $process } en { $local }
details-kind-city = ciudad
details-kind-country = país
details-kind-anycast = anycast
details-doubtful = ubicación dudosa en el mapa (no es un aviso de seguridad)
details-closed-now = cerrada ahora mismo
details-closed-ago = cerrada hace { $duration }

## Who communicates with whom, in a sentence

details-summary-unit = El servicio { $unit }
details-summary-user = Un proceso del usuario { $user }
details-summary-kernel = El kernel
details-summary-unknown = Un proceso desconocido
details-summary-waits = { $who } en este ordenador espera conexiones en el puerto { $protocol } { $port }.
details-summary-waited = { $who } en este ordenador esperaba conexiones en el puerto { $protocol } { $port }.
details-summary-is-connected = { $who } en este ordenador está conectado; el sistema no informa de con quién.
details-summary-was-connected = { $who } en este ordenador estuvo conectado; el sistema no informa de con quién.
details-summary-is-out = { $who } en este ordenador está conectado al puerto { $port } de { $peer }.
details-summary-was-out = { $who } en este ordenador estuvo conectado al puerto { $port } de { $peer }.
details-summary-is-in = { $who } en este ordenador está conectado con { $peer }, que abrió la conexión al puerto { $port }.
details-summary-was-in = { $who } en este ordenador estuvo conectado con { $peer }, que abrió la conexión al puerto { $port }.
details-peer-here = otro programa en este ordenador
details-peer-lan = { $address } en la red local
details-peer-operator = { $peer } de { $operator }
details-peer-place = { $peer }, situado en { $place }
details-peer-place-doubtful = { $peer }, situado en { $place } (dudoso)

## Reasons for unknown values, used for several lines

details-not-reported = esta fuente no lo indica
details-not-recorded = no está en la grabación
details-none-simulated = ninguno: conexión simulada
details-simulated = conexión simulada
details-not-in-database = no está en la base de datos
details-not-counted = no medido: este kernel no lo cuenta
details-not-measured = no medido

## The owner

details-process = { $name } (PID { $pid })
details-program-not-permitted = sin permiso para leer su ruta
details-shared-by = PID { $pids }; se muestra el más reciente
details-user = { $name } (UID { $uid })
details-uid = UID { $uid }
details-no-unit = no forma parte de un servicio, scope o contenedor con nombre

## The socket

details-remote-listening = ninguno: este socket espera conexiones
details-interface = { $name } (el socket está vinculado a ella)
details-opened-here = este ordenador
details-opened-remotely = el extremo remoto
details-opened-unknown = desconocido: esta fuente no lo indica
details-reach-all = escucha en todas las direcciones de este ordenador
details-reach-this-computer = accesible solo desde este ordenador
details-reach-lan = escucha en una dirección de la red local
details-reach-carrier = escucha en una dirección de la red del operador
details-reach-multicast = escucha un grupo multicast
details-reach-address = escucha solo en esta dirección

## The place

details-place-country-centre = solo el país: en cualquier punto de él; el arco termina en su centro
details-place-country = solo el país: la base de datos no indica ciudad
details-place-anycast = anycast: muchos servidores comparten esta dirección; se desconoce cuál responde
details-accuracy-country = en { $km } km: en cualquier parte del país
details-accuracy-simulated = en { $km } km (simulada)
details-accuracy-database = en { $km } km, según la base de datos
details-accuracy-unknown = desconocida: { $why }
details-accuracy-unknown-drawn = desconocida: { $why }; el círculo muestra { $km } km
details-distance = a { $km } km de la ubicación propia
details-distance-country = { $km } km desde la ubicación propia hasta el punto en su país
details-distance-estimated = a { $km } km de la ubicación propia ± { $error } km (es estimada)
details-distance-country-estimated = { $km } km desde la ubicación propia hasta el punto en su país ± { $error } km (es estimada)
details-distance-unknown = desconocida: no hay ubicación propia
details-database = { $name }, del { $built }
details-database-simulated = no se usa: la ubicación es simulada
details-database-none = ninguna base de datos tiene esta dirección
details-check-holds = { $doubt } Esto vale esté donde esté este ordenador a menos de { $km } km de { $home }.
details-check-needs-home = requiere una ubicación propia exacta; si este ordenador está en { $home }: { $doubt }
details-spot-listening = no se muestra: un socket a la escucha no tiene extremo remoto
details-spot-untold = no se muestra: no se informa del extremo remoto
details-spot-lan = en el anillo alrededor de la ubicación propia (red local)
details-spot-loop = un bucle en la ubicación propia (ambos extremos en este ordenador)
details-spot-shell = sobre el polo norte, con las demás direcciones de ubicación desconocida
details-spot-elsewhere = no se muestra: ningún ordenador concreto tiene esta dirección

## Times

details-short-lived = menos que el tiempo entre dos muestras
details-at-least = al menos { $duration }
details-opened-before = antes de la primera muestra; el sistema no informa de cuándo

## Traffic

details-note-simulated = simulada: nada de esto se ha medido
details-traffic-udp = no medido: el sistema no cuenta los bytes de un socket UDP
details-traffic-ended = no medido: el kernel no conserva contadores de una conexión terminada
details-traffic-not-measured = esta fuente no lo mide
details-rate = { $bytes }/s (media de unos { $seconds } s)
details-rate-simulated = { $bytes }/s (simulada)
details-rate-not-yet = disponible tras la segunda muestra
details-bytes-total = { $bytes } en total
details-bytes-last = { $bytes } en la última muestra; pudo transferirse más antes de cerrarse
details-bytes-one-less = { $bytes } (un byte menos si el extremo remoto cerró primero)
details-rtt = { $time }, mínimo { $minimum }
details-rtt-minimum = mínimo { $minimum }
details-rtt-rounded = { $time } (modo de escenario: redondeado hacia arriba)
details-rtt-not-yet = aún no medido: no se han confirmado datos
details-delivery-limited = { $rate } o más: limitada por el programa, no por la red
details-delivery-not-yet = aún no medida: no se han enviado y confirmado datos
details-segments =
    { $count ->
        [one] { $count } segmento
       *[other] { $count } segmentos
    }

## Others that are drawn together with it

details-represents =
    { $others ->
        [one] { $others } conexión breve más a la misma ubicación
       *[other] { $others } conexiones breves más a la misma ubicación
    }
details-bundle = en un haz con { $others } más de { $owner } a esta ubicación
details-bundle-unknown = en un haz con { $others } más a esta ubicación cuyos propietarios se desconocen
