# Historiales y grabaciones: errores, huecos y qué hacer.

## Errores

history-no-directory = No hay un directorio de datos para el historial.
history-none = No hay ningún historial en { $path }.
history-empty = El historial en { $path } está vacío.
history-nothing = Todavía no se ha grabado nada.
history-foreign = { $path } no es un historial de netglobe.
history-newer = Una versión más nueva de netglobe ha escrito { $path } (su esquema es { $found }; este programa conoce { $known }).
history-locked = Otro netglobe escribe en { $path }.
history-refused = El netglobe que escribe en { $path } no pudo hacerlo: { $error }
history-of-another-user = { $path } pertenece a otro usuario, así que allí no se graba nada.
history-io = No se puede usar { $path }: { $error }.
history-database = No se puede usar el historial { $path }: { $error }.
history-log-unread = La parte más reciente del historial { $path } está en su registro (-wal), que no se puede leer en un directorio de solo lectura.
history-not-finished = No se pudo terminar el historial, y lo que ocurrió en los últimos momentos puede haberse perdido: { $error }
history-damaged = El historial { $path } está dañado: { $error }.
history-block = Lo grabado después de { $at } está dañado: { $error }.
history-before-begin = { $at } es anterior al comienzo, { $begin }.
history-in-the-future = { $at } es posterior al final, { $end }.
history-no-thread = No se graba nada: no se puede iniciar un hilo: { $error }.
history-no-thread-remedy = Cierre otros programas e inicie netglobe de nuevo.
history-set-aside = El historial estaba dañado y ahora se llama { $path }; ha comenzado uno nuevo. El daño: { $error }
history-set-aside-remedy = Conserve ese archivo si quiere repararlo con las herramientas de SQLite; si no, bórrelo.

## Qué hacer

history-remedy-file = Indique un archivo con --history ARCHIVO.
history-remedy-record = Grabe con: netglobe history record.
history-remedy-other-file = Indique otro archivo con --history ARCHIVO.
history-remedy-update = Actualice netglobe.
history-remedy-locked = Cierre el otro programa o indique otro archivo con --history ARCHIVO.
history-remedy-own-user = Ejecute netglobe como ese usuario o indique otro archivo con --history ARCHIVO.
history-remedy-writable = Compruebe los permisos y el espacio libre del directorio, o indique otro archivo con --history ARCHIVO.
history-remedy-full = Libere espacio.
history-remedy-full-waits = Libere espacio. Lo que ocurre mientras tanto espera en memoria y se pierde si tarda demasiado.
history-remedy-copy = Copie el archivo y los que están a su lado (-wal) a un directorio en el que pueda escribir, e indique la copia con --history ARCHIVO.

## Huecos

history-gap = No se grabó nada de { $from } a { $to }: { $reason }.
history-gap-unknown = No se grabó nada a las { $at }.
gap-not-running = netglobe no se ejecutaba
gap-sleep = el equipo dormía
gap-private = el modo privado estaba activado
gap-clock-forward = se adelantó el reloj
gap-clock-back = se atrasó el reloj
gap-events-lost = se perdieron eventos
gap-not-written = no se pudo escribir el archivo
gap-not-sampled = no se pudieron listar las conexiones

## Grabaciones

recording-file-other = No es una grabación de netglobe.
recording-file-newer = Una versión más nueva de netglobe la ha escrito (versión { $found }; este programa lee { $known }).
recording-file-empty = No contiene nada.
recording-file-wrong = Error en el byte { $offset }: { $expected }
recording-file-cut = El archivo termina aquí; falta su final.
recording-file-no-block = Se esperaba un bloque comprimido.
recording-file-no-frame = Se esperaba el comienzo de una trama.
recording-file-no-mark = Se esperaba una trama de netglobe.
recording-file-flaw = Se reproduce lo anterior.
history-nothing-between = No se registró nada entre { $from } y { $to }.
history-nothing-before = No se registró nada antes de { $to }.
history-nothing-after = No se registró nada después de { $from }.
history-removed = El historial { $path } se eliminó o reemplazó durante la grabación; se comenzó uno nuevo.
history-remedy-status = Lo que hay grabado lo dice: netglobe history status.
history-internal-error = no se registra nada más por un error interno: { $error }
history-remedy-busy = Otro programa lo usa; se registrará en cuanto termine.
