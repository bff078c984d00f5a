# The panels: filter, table, status line and legend, and captions on the globe.

## Counts

panels-places =
    { $count ->
        [one] { $count } lugar
       *[other] { $count } lugares
    }
panels-connections =
    { $count ->
        [one] { $count } conexión
       *[other] { $count } conexiones
    }

## Captions in ambient mode

ambient-places = { $places }, la mayoría a { $name }
ambient-places-countries = { $places }, { $countries } países, la mayoría a { $name }
ambient-place = { $place }: { $connections } de { $owner }
ambient-place-others = { $place }: { $connections } de { $owner } y { $others } más

## Why there are no arcs

quiet-no-home = la ubicación propia no está fijada, así que los arcos parten de un anillo junto al globo; fijarla con el botón de abajo o con --home LAT,LNG
quiet-no-home-then = no se conoce la ubicación en este momento, así que los arcos parten de un anillo junto al globo
quiet-no-sockets = sin conexiones: no hay ningún socket abierto en este ordenador
quiet-not-public = sin conexiones públicas; { $others }
quiet-lan = { $count } en la LAN
quiet-this-computer = { $count } en este ordenador
quiet-other = { $count } multicast o reservadas
quiet-listening = { $count } a la escucha
quiet-unplaced =
    { $count ->
        [one] se desconoce la ubicación de la única dirección pública
       *[other] se desconocen las ubicaciones de las { $count } direcciones públicas
    }
quiet-no-database = { $peers }: no hay base de datos de ubicaciones cargada
quiet-see-table = { $peers }; la tabla muestra por qué
panels-home-not-set = no fijada

## The filter

filter-name = Filtro
filter-hint = filtro, p. ej. firefox country:US,DE
filter-clear = Borrar el filtro
filter-hide-others = ocultar resto
filter-nothing-to-hide = nada que ocultar: todas las filas coinciden con el filtro
filter-last-valid = sigue vigente la última consulta válida
filter-matches =
    { $matching ->
        [one] { $matching } de { $all } conexiones coincide
       *[other] { $matching } de { $all } conexiones coinciden
    }
filter-matches-listening = { $matching } de { $all } a la escucha
filter-matches-closed = { $matching } de { $all } cerradas
filter-matches-meaning = Cuántas de las conexiones abiertas, los puertos a la escucha y las conexiones cerradas hace poco coinciden con el filtro
filter-all-processes = Volver a mostrar todos los procesos
filter-only-process =
    Mostrar solo { $name } ({ $count ->
        [one] { $count } conexión
       *[other] { $count } conexiones
    })

## The table

table-name = Conexiones
table-button = tabla
table-hide = Ocultar la tabla
table-all-columns = más columnas
table-listening = { $count } a la escucha
table-closed =
    { $count ->
        [one] { $count } cerrada
       *[other] { $count } cerradas
    }
table-hidden =
    { $count ->
        [one] { $count } oculta
       *[other] { $count } ocultas
    }
table-counts-meaning = Conexiones abiertas, puertos a la escucha (esperan conexiones y no tienen arco), conexiones cerradas hace poco y filas que oculta el filtro
table-empty = sin conexiones
table-no-match = nada coincide con el filtro
table-no-match-hidden =
    { $hidden ->
        [one] nada coincide con el filtro; { $hidden } oculta
       *[other] nada coincide con el filtro; { $hidden } ocultas
    }
table-locating = localizando…
table-copy-row = Copiar fila
table-row-no-match = no coincide con el filtro
table-sort = Ordenar por { $column }
table-sort-ascending = Ordenar por { $column }, ascendente
table-sort-descending = Ordenar por { $column }, descendente

## Columns of the table: the heading, the name, and what it shows

table-title-process = Proceso
table-column-process = proceso
table-column-process-meaning = Proceso al que pertenece el socket
table-title-remote = Remoto
table-column-remote = extremo remoto
table-column-remote-meaning = Dirección y puerto del extremo remoto; en un socket a la escucha, los locales
table-title-place = Ubicación
table-column-place = ubicación
table-column-place-meaning = Ubicación del extremo remoto según la base de datos. ? dudosa, ?? imposible con el tiempo de ida y vuelta medido
table-title-operator = Operador
table-column-operator = operador
table-column-operator-meaning = Operador de la red remota (sistema autónomo)
table-title-state = Estado
table-column-state = estado
table-column-state-meaning = Estado del socket
table-title-rate = Bytes/s
table-column-rate = tasa
table-column-rate-meaning = Bytes útiles por segundo, ambos sentidos; – si no se mide
table-title-sent = Enviado
table-column-sent = bytes enviados
table-column-sent-meaning = Bytes útiles enviados hasta ahora; – si no se cuentan
table-title-received = Recibido
table-column-received = bytes recibidos
table-column-received-meaning = Bytes útiles recibidos hasta ahora; – si no se cuentan
table-title-round-trip = RTT ms
table-column-round-trip = tiempo de ida y vuelta
table-column-round-trip-meaning = Tiempo de ida y vuelta suavizado en milisegundos; – si no se mide
table-title-age = Edad
table-column-age = antigüedad
table-column-age-meaning = Tiempo desde que se vio la conexión por primera vez
table-title-direction = Dir
table-column-direction = dirección
table-column-direction-meaning = Quién abrió la conexión: out = este ordenador, in = el extremo remoto
table-title-protocol = Proto
table-column-protocol = protocolo
table-column-protocol-meaning = Protocolo de transporte

## The status line

status-public =
    { $count ->
        [one] { $count } pública
       *[other] { $count } públicas
    }
status-public-meaning = Conexiones a direcciones de la internet pública
status-lan = { $count } LAN
status-lan-meaning = Conexiones a direcciones privadas, de enlace local y de NAT de operador. No tienen ubicación en el globo; terminan en el anillo alrededor de la ubicación propia
status-this-computer = { $count } este ordenador
status-this-computer-meaning = Conexiones con ambos extremos en este ordenador
status-listening =
    { $count ->
        [one] { $count } puerto a la escucha
       *[other] { $count } puertos a la escucha
    }
status-listening-meaning = Sockets que esperan conexiones. No tienen arco
status-without-place = { $count } sin ubicación
status-without-place-meaning = De las conexiones públicas, las de direcciones que no están en la base de datos de ubicaciones. Están en la tabla
status-home-meaning = Dónde está este ordenador: todos los arcos parten de aquí y las distancias se miden desde aquí
status-sampling = { $source }, cada { $period } s
status-sampling-cost = { $source }, cada { $period } s, { $cost } ms por muestra
status-sampling-meaning = Fuente de las conexiones, tiempo entre dos muestras y tiempo de CPU de una muestra
status-limitations =
    { $count ->
        [one] { $count } limitación
       *[other] { $count } limitaciones
    }
status-limitations-name = { $limitations }: qué hacer
status-limitations-meaning = Qué no funciona aquí, o solo en parte, y qué hacer al respecto
status-remedy = qué hacer: { $remedy }
status-cpu-of-limit = { $used } de { $limit } CPU
status-cpu-meaning = Tiempo de CPU de netglobe en el último segundo, como parte de un núcleo, y el límite fijado
status-frames-meaning = Fotogramas dibujados en el último segundo y qué determina la tasa
status-quality-meaning = Calidad de la imagen y cómo se eligió
status-clock-meaning = La hora mostrada, que también determina la posición del sol
status-help = Ayuda: teclas, leyenda, glosario

## Palettes

palette-standard = estándar
palette-deuteranopia = deuteranopía
palette-protanopia = protanopía
palette-tritanopia = tritanopía
palette-high-contrast = alto contraste

## The legend

legend-unknown-owners = propietarios desconocidos
legend-pace = { $rate }: { $seconds } s a lo largo del arco
legend-pace-note = La velocidad y el brillo son logarítmicos. Cada sentido tiene sus propias luces.
legend-arc = Cada arco es una conexión entre este ordenador y un extremo remoto. Crece desde el extremo que abrió la conexión, permanece mientras está abierta y se desvanece cuando se cierra.
legend-motion-simulated = Las luces en movimiento muestran tráfico simulado. En una demo no se mide nada.
legend-motion-measured = Las luces en movimiento muestran tráfico medido, en el sentido en que van los bytes.
legend-motion-none = Este sistema no mide el tráfico, así que nada se mueve por los arcos.
legend-still-arcs = Los arcos de ancho completo tienen contadores de bytes; sin luz en movimiento no hay tráfico. Los arcos finos no los tienen (UDP, por ejemplo), así que su tráfico se desconoce.
legend-thin-arcs = Todos los arcos son finos: ninguno tiene contadores de bytes, así que su tráfico se desconoce.
legend-dimmed = Los arcos atenuados no coinciden con el filtro. Un arco brillante está seleccionado o bajo el puntero.
legend-night = El día y la noche son los de la hora mostrada. En el lado nocturno se ven las luces de las ciudades.

## Marks on the globe, for the legend

legend-mark-city = Ciudad de un extremo remoto. Un punto mayor representa más conexiones.
legend-mark-circle = Radio de precisión de la base de datos, o 50 km alrededor de una ciudad si no lo tiene. Los pequeños aparecen al acercarse.
legend-mark-country = Zona iluminada: solo se conoce el país del extremo remoto. El arco termina difuminado.
legend-mark-outline = Contorno blanco: el país bajo el puntero o el de una ciudad seleccionada.
legend-mark-anycast = Anycast: servidores en muchas ubicaciones comparten esta dirección.
legend-mark-unlikely = Ubicación improbable en el mapa, a juzgar por el tiempo de ida y vuelta (no es un aviso de seguridad).
legend-mark-impossible = Ubicación imposible en el mapa: la respuesta llega más rápido que la luz (no es un aviso de seguridad).
legend-mark-home = Ubicación propia: este ordenador. Un anillo en el cielo junto al globo: se desconoce la ubicación propia.
legend-mark-loop = Bucle en la ubicación propia: ambos extremos están en este ordenador.
legend-mark-lan = Anillo alrededor de la ubicación propia: extremos remotos en la red local. La dirección no tiene significado.
legend-mark-shell = Sobre el polo norte: extremos remotos públicos cuya ubicación se desconoce.

## La barra de tiempo

time-bar = Barra de tiempo
time-bar-gap = No se grabó nada: { $reason }
time-bar-bin = En { $span }: { $opened } abiertas, { $closed } cerradas, como máximo { $open } a la vez, { $bytes }
time-bar-first = { $process } llegó por primera vez a { $place }
time-span-10-min = 10 min
time-span-hour = 1 h
time-span-day = día
time-span-week = semana
time-span-all = todo
time-bar-help = Arrastrar: moverse por el tiempo. Mayús + arrastrar: elegir un período.
time-bar-chosen = Elegido: de { $from } a { $to }
time-bar-chosen-end = Mostrar todo otra vez
filter-note-reading = Leyendo lo que se cerró en este período …
filter-note-only-open = No se registró nada, así que no se sabe lo que se cerró antes
filter-note-left-out = { $count } más se cerraron en este período; se muestran las últimas { $most }
comparison-title = Comparación
comparison-window = { $window }, registrado { $recorded }
comparison-processes = procesos
comparison-countries = países
comparison-operators = operadores
comparison-ports = puertos
comparison-new = + nuevo
comparison-gone = − ya no está
comparison-more = ▲ más
comparison-less = ▼ menos
comparison-same = = igual
comparison-connections = conexiones
comparison-bytes = bytes
comparison-others = y { $count } más
comparison-only = Mostrar solo { $name }
comparison-reading = Sumando lo que ocurrió …
comparison-nothing = No se registró nada en estos períodos
comparison-show-connections = conexiones
comparison-choose-first = Primero elija un período: Mayús + arrastrar en la barra de tiempo
comparison-choose-second = Ahora elija el segundo período: Mayús + arrastrar en la barra de tiempo
comparison-label = comparado: { $before } con { $after }
