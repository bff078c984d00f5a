# What can be done in the window: buttons, keys, gestures, and the help about them.

## Groups

action-group-globe = Globo
action-group-connections = Conexiones
action-group-filter = Filtro
action-group-time = Tiempo
action-group-picture = Imagen
action-group-window = Ventana
action-group-home = Ubicación propia
action-group-program = Programa

## Names of keys

key-control = Ctrl
key-shift = Mayús
key-enter = Intro
key-escape = Esc
key-space = Espacio
key-home = Inicio

## Gestures

action-gesture-wheel = Rueda
action-gesture-click = Clic
action-gesture-double-click = Doble clic
action-gesture-click-header = Clic en cabecera
action-gesture-drag = Arrastrar
action-gesture-hover = Señalar
action-gesture-tab = Tab, flechas
action-turn-earth = girar la Tierra
action-name-country = nombrar el país bajo el puntero
action-move-focus = moverse entre controles y filas

## Names on buttons

action-whole-earth-button = Toda la Tierra
action-panels-button = Ocultar paneles
action-full-screen-button = Pantalla completa
action-ambient-button = Ambiente
action-save-picture-button = Guardar imagen
action-pause-button = Pausa
action-pick-home-button = Fijar ubicación
action-undo-home-button = Deshacer
action-unset-home-button = Sin ubicación
action-home-from-time-zone-button = Usar la zona horaria
action-keys-button = Ayuda
toolbar-show-panels = Mostrar paneles
toolbar-continue = Continuar

## What an action does

action-zoom = acercar o alejar
action-fly-to = acercar un punto
action-whole-earth = mostrar toda la Tierra
action-turn-home = girar hacia la ubicación propia
action-show-matching = mostrar todos los arcos que coinciden con el filtro
action-show-selected = mostrar entero el arco seleccionado
action-follow = seguir las conexiones nuevas
action-select = seleccionar un arco o una fila
action-copy-row = copiar la fila seleccionada
action-copy-details = copiar los detalles de la conexión seleccionada
action-table = mostrar u ocultar la tabla
action-all-columns = ensanchar la tabla para mostrar todas las columnas
action-sort-by = ordenar por la columna; de nuevo invierte el orden
action-focus-filter = escribir un filtro
action-filter = filtrar por una consulta
action-hide-rest = ocultar o atenuar lo que no coincide
action-real-sun = día y noche, o luz de día en todas partes
action-place-names = mostrar u ocultar nombres de lugares
action-next-quality = calidad: baja, media, alta, auto
action-next-palette = colores: estándar, deuteranopía, protanopía, tritanopía, alto contraste
action-reduced-motion = movimiento reducido: la Tierra no gira y los arcos no tienen cometas
action-panels = mostrar u ocultar los paneles
action-full-screen = pantalla completa
action-ambient = modo ambiente: pantalla completa, un rótulo y un recorrido lento
action-larger = textos, paneles y líneas más grandes
action-smaller = textos, paneles y líneas más pequeños
action-usual-size = tamaño normal de textos, paneles y líneas
action-save-picture = guardar una imagen de la ventana
action-pause = pausar o continuar
action-back-10-s = 10 segundos atrás (demo, grabación)
action-forward-10-s = 10 segundos adelante (demo, grabación)
action-back-1-min = 1 minuto atrás (demo, grabación)
action-forward-1-min = 1 minuto adelante (demo, grabación)
action-slower = la mitad de rápido (demo, grabación)
action-faster = el doble de rápido (demo, grabación)
action-pick-home = fijar la ubicación propia con un clic en el globo
action-set-home = fijar la ubicación propia en un lugar
action-undo-home = deshacer el último cambio de la ubicación propia
action-unset-home = no mostrar ubicación propia
action-home-from-time-zone = tomar la ubicación propia de la zona horaria
action-keys = ayuda: teclas, leyenda, glosario
action-legend = leyenda
action-glossary = glosario
action-credits = créditos
action-step-back = un paso atrás: cerrar la ayuda, quitar la selección, borrar el filtro, mostrar toda la Tierra
action-quit = salir

## The help

help-keys = Teclas
help-legend = Leyenda
help-glossary = Glosario
help-credits = Créditos
help-credits-libraries = Las bibliotecas con sus licencias las muestra: netglobe credits
help-close = Cerrar la ayuda
help-keys-note = Las teclas sueltas funcionan mientras ningún campo de texto ni botón tenga el foco. Esc quita el foco.

# Lessons and stage mode.
action-stage-button = Modo de escenario
action-stage = modo de escenario: ocultar direcciones, rutas, nombres y ubicación
help-lessons = Lecciones
action-lessons = lecciones
action-begin-lesson = empezar una lección
action-next-step-button = Siguiente
action-next-step = siguiente paso de la lección
action-previous-step-button = Atrás
action-previous-step = paso anterior de la lección
action-answer-lesson = responder a la pregunta de la lección
action-end-lesson = terminar la lección

action-previous-change = mostrar el cambio anterior
action-next-change = mostrar el cambio siguiente
action-show-moment = mostrar un momento del pasado
action-live = volver al presente
action-live-button = En vivo
action-private = modo privado: no grabar nada
action-private-button = Privado
key-end = Fin
action-previous-bin = una barra atrás en la barra de tiempo
action-next-bin = una barra adelante en la barra de tiempo
action-show-time-span = mostrar tanto tiempo en la barra de tiempo
action-play-speed = reproducir a esta velocidad
action-since-now = mostrar solo lo que se abra a partir de ahora
action-since-now-button = Desde ahora
action-gesture-shift-drag = Mayús + arrastrar en la barra de tiempo
action-choose-time = mostrar lo que había en un período
action-window-begins = empezar el período aquí
action-window-ends = terminar el período aquí
action-compare = comparar dos períodos
action-compare-button = Comparar
action-compare-by = comparar por procesos, países, operadores o puertos
action-comparison-list = listar la comparación en lugar de las conexiones
action-export = guardar lo elegido en la barra de tiempo como grabación
action-export-button = Exportar
action-export-scrubbed = lo mismo con direcciones y nombres sustituidos, para compartirlo
action-export-scrubbed-button = Anonimizado
