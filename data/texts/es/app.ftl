# Texts of the window itself: notices, status line, home, limitations of the program, location databases and the sampler.

## Notices

notice-palette = Colores: { $name }
notice-home-set = Ubicación propia fijada: { $name }
notice-home = Ubicación propia: { $home }
notice-home-missing = Sin ubicación propia: { $why }
notice-home-off = Sin ubicación propia: los arcos parten de un anillo junto al globo.
notice-home-off-zone = Sin ubicación propia: los arcos parten de un anillo junto al globo. La zona horaria sugiere { $zone }.
notice-monitor-missing = El monitor { $monitor } no está; hay: { $monitors }.
notice-picture-saved = Imagen guardada: { $path }
notice-picture-failed = La imagen no se ha guardado: { $why }

## Why a picture is not saved

picture-busy = aún se están escribiendo las anteriores
picture-no-thread = no se puede iniciar ningún hilo: { $error }
picture-no-pixels = no se pueden leer sus píxeles: { $error }
picture-unwritable = no se puede escribir en { $directory }: { $error }
picture-not-encoded = no se puede codificar: { $error }

## The home of this computer

home-words = { $name }, según { $source }
home-words-uncertain = { $name }, según { $source }; error posible de { $km } km
home-source-config = la configuración
home-source-clicked = un clic en el globo
home-source-time-zone = la zona horaria
home-source-recorded = la grabación
home-near = cerca de { $place }
home-away = a { $km } km de { $place }
home-missing-switched-off = está desactivada
home-missing-no-time-zone = no se puede determinar la zona horaria del sistema
home-missing-unnamed = no se puede identificar la zona horaria del sistema: /etc/localtime es una copia que no coincide con ninguna zona, o con varias
home-missing-no-place = la zona horaria { $zone } no tiene ubicación
home-not-saved = la nueva ubicación propia se usa, pero no se ha guardado: { $error }
home-not-saved-remedy = permitir la escritura en el archivo
home-disk-slow = aún se están escribiendo las anteriores: el disco es lento
home-no-thread = no se puede iniciar un hilo para escribirla: { $error }

## The status line

app-status-live = LIVE
app-status-not-live = NO LIVE
app-status-paused = PAUSA
app-status-label-paused = { $label } · PAUSA
app-status-faster = { $mode } · { $factor } veces más rápido
app-status-slower = { $mode } · 1/{ $factor } de la velocidad
app-status-following = { $mode } · siguiendo
app-status-home = ubicación propia: { $home }
app-status-home-from = ubicación propia: según { $source }
app-status-no-home = sin ubicación propia: { $why }
app-status-no-match = nada coincide con el filtro { $filter }
app-status-setting-home = hacer clic en la ubicación de este ordenador en el globo; Esc cancela
app-status-unread = no se pueden leer las conexiones de este ordenador
app-status-unread-why = no se pueden leer las conexiones de este ordenador: { $why }
app-status-no-earth = no se puede dibujar la superficie de la Tierra: { $error }
app-status-graphics-remedy = actualizar el controlador gráfico
app-status-sampler-lost = las conexiones ya no se actualizan: el muestreo se ha detenido

## Connections that were not shown individually, or not seen

missed-grouped = conexiones breves agrupadas
missed-grouped-meaning = Conexiones que se abrieron y cerraron entre dos muestras y se dibujaron junto con otra a la misma ubicación
missed-not-drawn = conexiones breves no dibujadas
missed-not-drawn-meaning = Conexiones que se abrieron y cerraron entre dos muestras y eran demasiadas a la vez para dibujarlas: contadas, pero no mostradas
missed-aborted = interrumpidas
missed-aborted-meaning = Conexiones rechazadas o interrumpidas entre dos muestras. El kernel no informa de su extremo remoto: contadas, pero no mostradas
missed-dropped = descartadas
missed-dropped-meaning = Conexiones que se abrieron y cerraron mientras la ventana estaba ocupada y eran demasiadas para conservarlas: contadas, pero no mostradas
missed-events-lost = avisos de cierre perdidos
missed-events-lost-meaning = Avisos de cierre que el kernel envió más rápido de lo que se podían leer. Pueden faltar conexiones breves
missed-not-kept = conexiones cerradas no conservadas
missed-not-kept-meaning = La tabla conserva como máximo 1000 conexiones cerradas. Estas salieron antes porque después se cerraron otras
missed-queued = cambios en cola
missed-queued-meaning = Cambios recibidos que se mostrarán en los próximos fotogramas

## The quality of the picture, and the reason for it

quality-low = baja
quality-medium = media
quality-high = alta
quality-words = { $tier } ({ $reason })
quality-words-at-scale = { $tier } al { $percent } % de resolución ({ $reason })
quality-chosen = elegida
quality-auto = auto: { $why }
quality-auto-battery = auto: con batería
quality-adapter-software = rasterizador por software
quality-adapter-integrated = gráficos integrados
quality-adapter-discrete = tarjeta gráfica
quality-frames-late = auto: los fotogramas tardan { $ms } ms
quality-frames-on-time = auto: los fotogramas llegan a tiempo

## The reason for the frame rate, in two or three words

power-battery = con batería
power-background = en segundo plano
power-hidden = oculta
power-interactive = interactivo
power-loading = cargando
power-fading = paneles en transición
power-opening = conexiones abriéndose o cerrándose
power-traffic = tráfico
power-turning = la Tierra gira
power-assisted = tecnología de asistencia activa
power-burn-in = contra el quemado
power-idle = en reposo
power-cpu-limit = límite de CPU

## Labels beside the globe

spot-this-computer = este ordenador
spot-unknown = ubicación desconocida

## Keeping the screen on

awake-why = se muestra el globo
awake-failed = la pantalla puede apagarse mientras se muestra el globo: { $reason }
awake-failed-remedy = desactivar el salvapantallas en los ajustes del escritorio
awake-no-thread = no se puede iniciar ningún hilo: { $error }
awake-unsupported = este sistema aún no se admite
awake-no-service = no hay { $name } en el bus de sesión: { $error }
awake-no-bus = no hay bus de sesión
awake-x11-silent = el servidor X no responde: { $error }
awake-x11-lacks = el servidor X no tiene la extensión de salvapantallas: { $error }
awake-wayland-surface = no se puede usar la superficie de Wayland: { $error }
awake-wayland-lacks = el compositor de Wayland no permite inhibir la inactividad: { $error }

## What helps, for several limitations

remedy-restart = reiniciar netglobe
remedy-reinstall = reinstalar netglobe

## Location databases

geo-internal-error = error interno: { $error }
geo-no-thread = no se puede iniciar un hilo: { $error }
geo-no-database = no hay base de datos de ubicaciones: { $error }
geo-not-used = { $error }; no se usa
geo-remedy-configured = corregir geo_db en la configuración
geo-remedy-replace-or-remove = sustituir o eliminar el archivo
geo-remedy-replace = sustituir el archivo
geo-not-cached = no se puede guardar en caché una base de datos descomprimida, así que cada inicio tarda más: { $error }
geo-not-cached-remedy = liberar espacio o (no en Windows) asignar otra carpeta a XDG_CACHE_HOME
geo-cannot-list = no se pueden listar las bases de datos de { $directory }: { $error }
geo-cannot-list-remedy = permitir la lectura de la carpeta
geo-built-in-instead = { $error }; en su lugar se usa la base de datos incorporada
geo-old-places = la base de datos { $name } ({ $built }) tiene { $days } días: las ubicaciones pueden ser erróneas
geo-old-operators = la base de datos { $name } ({ $built }) tiene { $days } días: los operadores pueden ser erróneos
geo-old-remedy = actualizar netglobe o usar una base de datos más reciente con --geo-db
geo-old-remedy-geolite2 = GeoLite2 debe actualizarse a los 30 días: descargarla de nuevo
mmdb-unreadable = no se puede leer { $origin }: { $reason }
mmdb-corrupt = { $origin } no es una base de datos válida en el formato de MaxMind: { $reason }
mmdb-unsupported = { $origin } es una base de datos del tipo «{ $kind }» en la que no se ha encontrado nada ({ $wanted }); se ha buscado: { $fields }
mmdb-places = ubicaciones
mmdb-operators = operadores
mmdb-places-or-operators = ubicaciones u operadores
mmdb-place-fields = un país ({ $country }), un punto (latitude y longitude, lat y lng, { $location })
mmdb-operator-fields = un número de AS ({ $number })
mmdb-embedded-city = la base de datos de ciudades incorporada
mmdb-embedded-operators = la base de datos de operadores incorporada
mmdb-decoder-broke = el decodificador ha fallado con ella
mmdb-not-regular = no es un archivo normal
mmdb-empty = está vacía
mmdb-too-large = ocupa más de 2 GiB
mmdb-damaged = está dañada
mmdb-wrong-checksum = el contenido no tiene la suma de comprobación indicada

## Why an address is anycast, or may be

anycast-resolver = un servidor de nombres público que responde desde muchas ciudades con una sola dirección
anycast-root = un servidor raíz de nombres que responde desde muchas ciudades con una sola dirección
anycast-time = un servidor de hora público que responde desde muchas ciudades con una sola dirección
anycast-as112 = un sumidero de consultas de nombres mal dirigidas (AS112), de muchos operadores con una sola dirección
anycast-relay = una dirección que los estándares asignan al relé más cercano
anycast-cdn = puede ser anycast: su operador sirve muchos sitios desde muchas ciudades con una sola dirección
anycast-dns = puede ser anycast: su operador tiene servidores de nombres en muchas ciudades con una sola dirección

## The configuration file

config-unreadable = no se puede leer la configuración { $path }: { $error }
config-wrong = la configuración { $path } tiene un error en la línea { $line }: { $message }
config-unwritable = no se puede escribir la configuración { $path }: { $error }
config-no-directory = no se conoce ninguna carpeta de configuración: definir XDG_CONFIG_HOME o HOME, o indicar un archivo con --config
config-ignored = { $error }; se ignoran todos sus ajustes
config-remedy-owner = recuperar la propiedad del archivo (sudo chown) o eliminarlo
config-remedy-correct = corregir el archivo o eliminarlo
config-too-large = ocupa más de 1 MiB, así que no es una configuración

## Reading the connections of this computer

sampler-netlink = no se puede { $action } por netlink: { $error }
sampler-timed-out = no se puede { $action } por netlink: sin respuesta en { $seconds } s
sampler-malformed = no se puede { $action } por netlink: respuesta no válida: { $error }
sampler-action-ask = consultar los sockets
sampler-action-events = recibir avisos de sockets cerrados
sampler-action-tcp = listar los sockets TCP
sampler-action-tcp-ipv4 = listar los sockets TCP (IPv4)
sampler-action-tcp-ipv6 = listar los sockets TCP (IPv6)
sampler-action-udp = listar los sockets UDP
sampler-action-udp-ipv4 = listar los sockets UDP (IPv4)
sampler-action-udp-ipv6 = listar los sockets UDP (IPv6)
sampler-unsupported = la fuente { $name } solo está disponible en Linux
sampler-netstat2 = netstat2 no puede listar los sockets: { $error }
sampler-netstat2-refused = netstat2 no tiene permiso para listar los sockets: { $error }
sampler-netstat2-empty = se ha denegado netstat2: no lista ningún socket, pero { $table } tiene { $rows } filas
sampler-table = proc-net no puede leer { $table }: { $error }
sampler-table-no-heading = no tiene el encabezado de una tabla así
sampler-panicked = error interno en la fuente { $name }: { $message }
sampler-shows-now = la fuente { $kind } es en vivo y no puede saltar a { $to }
sampler-remedy-refused = este kernel o sandbox deniega NETLINK_SOCK_DIAG: usar --source proc-net, que no necesita netlink, o ejecutar netglobe fuera del sandbox
sampler-remedy-table = montar /proc o ejecutar netglobe donde se pueda leer
sampler-remedy-netstat2 = usar --source netstat2
sampler-remedy-scenario = corregir el archivo; netglobe demo --check ARCHIVO lista todos los errores
sampler-remedy-doctor = ejecutar netglobe doctor para ver qué fuentes funcionan aquí
sampler-remedy-udp-peers = usar --source sock-diag para los extremos remotos de UDP
sampler-lacks-netstat2 = esta fuente no informa de los extremos remotos de UDP ni del tráfico
sampler-lacks-windows = Windows no informa sin derechos de administrador de los extremos remotos de UDP ni del tráfico, ni de las conexiones entre dos muestras
sampler-lacks-remedy-interval = las conexiones más cortas que el tiempo entre dos muestras se ven más a menudo con --interval 500ms; no se puede hacer nada más
sampler-lacks-proc-net = esta fuente no informa del tráfico, las unidades de systemd, las interfaces ni las conexiones breves
sampler-lacks-proc-net-remedy = usar --source sock-diag donde el sistema permita netlink
sampler-unreadable-rows = { $count } sockets no se listan: no se pueden interpretar sus filas en /proc/net
sampler-no-udp = los sockets UDP no se listan: este kernel no tiene udp_diag
sampler-no-udp-netstat2 = los sockets UDP no se listan: el kernel rechaza la petición de netstat2
sampler-no-udp-remedy = cargar el módulo udp_diag o usar --source proc-net
sampler-no-events = no se informa de las conexiones breves: { $error }
sampler-no-events-remedy = usar Linux 4.2 o posterior
sampler-events-ended = ya no se reciben avisos de cierre: { $error }; faltan conexiones breves, y los totales de bytes finales pueden ser demasiado bajos
sampler-not-whole = las tablas de sockets del kernel cambiaron durante la lectura tres veces seguidas: pueden faltar conexiones
sampler-no-processes = los procesos no están disponibles: no se puede listar { $root }: { $error }
sampler-no-processes-remedy = montar { $root } o ejecutar netglobe donde se pueda leer
sampler-no-names = los nombres de los procesos no están disponibles: { $error }
sampler-other-networks =
    { $processes ->
        [one] { $processes } proceso está
       *[other] { $processes } procesos están
    } en { $namespaces ->
        [one] otro espacio de nombres de red, como el de un contenedor
       *[other] otros { $namespaces } espacios de nombres de red, como los de los contenedores
    }: sus conexiones no se listan
sampler-other-networks-remedy = para listarlas, ejecutar como root: { $command }
sampler-no-thread = no se pueden muestrear las conexiones: no se puede iniciar un hilo: { $error }
sampler-no-thread-remedy = cerrar otros programas o aumentar el límite de procesos
sampler-not-updated = las conexiones no se actualizan: { $error }
sampler-not-listed = no se pueden listar las conexiones: { $error }
sampler-then = { $causes }; después: { $error }
sampler-fell-back = se ha pasado de { $from } a { $to }: { $causes }
sampler-fell-back-remedy = para ver el error, ejecutar con --source { $source }
sampler-cannot-seek = no se puede saltar a { $to }: { $error }

## Recordings and scenarios

recording-open = no se puede abrir la grabación { $path }: { $error }
recording-no-time = no existe el archivo { $path },{ $time }, y { $quoted } no es una hora de { $path }: se esperaba una hora, por ejemplo 2026-06-01T12:00:00Z, o un tiempo desde el principio, como 90s
recording-before-begin = no se puede saltar a { $at }: la grabación empieza en { $begin }
recording-rewind = no se puede retroceder en la grabación: { $error }; guardarla antes como archivo normal
recording-read = no se puede leer la línea { $line } de la grabación: { $error }
recording-no-heading = no es una grabación de netglobe: la línea 1 debería ser { $heading }: { $error }
recording-version = la grabación tiene la versión { $found } y este netglobe lee la versión { $version }: usar el netglobe que la hizo
recording-wrong = la línea { $line } de la grabación es incorrecta: { $message }
recording-truncated = la grabación termina a mitad de la línea { $line }; se reproduce todo lo anterior
recording-too-long = la línea { $line } de la grabación ocupa más de { $megabytes } MiB
recording-remedy = volver a grabar o cortar el archivo antes de esa línea
authored-unknown =
    { $kind ->
        [lesson] lección desconocida { $name }; disponibles: { $available }, o la ruta de un archivo .toml
       *[other] escenario desconocido { $name }; disponibles: { $available }, o la ruta de un archivo .toml
    }
authored-unreadable =
    { $kind ->
        [lesson] no se puede leer la lección { $file }: { $error }
       *[other] no se puede leer el escenario { $file }: { $error }
    }
authored-more-errors =
    { $count ->
        [one] (y { $count } error más)
       *[other] (y { $count } errores más)
    }

# Lessons and stage mode.
lesson-step-of = { $title } · { $step } de { $steps }
lesson-end = Terminar la lección
lesson-for-teacher = Para docentes
lesson-show-answer = Mostrar la respuesta
lesson-go-on = Seguir sin esperar
lesson-skip = Saltar
lesson-begin = Empezar
lesson-begin-named = Empezar la lección: { $title }
lesson-age = edad { $age }, { $minutes } minutos
lesson-files = Las lecciones son archivos de texto que se pueden copiar y cambiar: ver data/lessons
lesson-cannot-begin = La lección no puede empezar: { $error }
lesson-waiting-count = Esperando { $what }: { $seen } de { $count } hasta ahora
lesson-waiting = Esperando { $what }
stage-begins = Modo de escenario: direcciones, rutas, nombres y su ubicación están ocultos
stage-ask = ¿Mostrar de nuevo direcciones, rutas, nombres y su ubicación? Pulse S otra vez.
stage-refuses-home = La ubicación no se puede cambiar en el modo de escenario, porque eso la mostraría
stage-home-hidden = oculta en el modo de escenario
stage-somewhere-in = en algún lugar de { $country }

home-missing-not-recorded = no se conoce para el momento mostrado

## El historial

time-past = PASADO { $time }
recording-on = grabado
recording-on-meaning = Las conexiones se graban en un archivo de este equipo que solo usted puede leer, para poder ver el pasado. I lo detiene.
recording-starting = comienza la grabación
recording-along = lo graba otro netglobe
recording-along-meaning = Otro netglobe de este equipo graba; este lo relevará cuando termine.
recording-private = PRIVADO: no se graba
recording-private-meaning = No se graba nada hasta que termine el modo privado (I).
recording-failed = no se graba
recording-failed-meaning = Las conexiones no se pueden grabar; la lista de limitaciones dice por qué.
recording-off = no se graba
recording-off-meaning = Las conexiones no se graban: está desactivado, o lo mostrado no es este equipo ahora.
recording-begins = Desde ahora, las conexiones se graban en un archivo de este equipo que solo usted puede leer. I lo detiene; --no-history lo desactiva.
recording-private-begins = Modo privado: no se graba nada.
recording-private-ends = Las conexiones se graban de nuevo.
recording-no-past = Todavía no se ha grabado nada.
dropped-shown = Se muestra { $name }.
notice-exporting = Exportando …
notice-exported = { $count } conexiones exportadas, { $size }: { $path }
notice-exported-private = Contiene direcciones y nombres.
notice-exported-damaged = Se omitieron { $count } partes dañadas del historial.
notice-not-exported = No se exportó: { $why }
sandbox-off = El núcleo no impide que netglobe use la red, porque se indicó --no-sandbox.
sandbox-off-remedy = Iniciarlo sin --no-sandbox.
sandbox-impossible = El núcleo no impide que netglobe use la red: { $why }.

graphics-stepped-down = dibuja { $adapter }: { $why }
graphics-no-vulkan = no se encontró ningún controlador de Vulkan
graphics-no-vulkan-card = ningún controlador de Vulkan dibuja con la tarjeta gráfica
graphics-no-surface = { $adapter } no admite ningún formato de píxel de esta pantalla
graphics-lost = { $adapter } perdió su dispositivo dos veces
graphics-rejected = { $adapter } rechazó una orden: { $error }
graphics-no-pictures = { $adapter } no dio imágenes para la ventana
graphics-unfinished = { $adapter } es de Mesa anterior a 21 y se bloquea (en Debian 11)
graphics-no-wayland-egl = OpenGL no puede dibujar en Wayland sin libwayland-egl.so.1 (Debian, Ubuntu: apt install libwayland-egl1)
app-status-thread-failed = falló una parte de netglobe ({ $failed })
