# shellcheck shell=bash disable=SC2034 # variables are used by the scripts that source this file
# Sourced by scripts/run, scripts/test and others. Determines which packages are missing on a fresh Debian or Ubuntu
# machine, prints what it will install and why, and installs it. Does nothing if nothing is missing.

# The caller's working directory.
here=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# "package|why", one per line.
build_packages='gcc|compiles the few parts that are C or assembly, and links
libc6-dev|what gcc links with
ca-certificates|lets cargo fetch the packages of Cargo.lock'

run_packages='mesa-vulkan-drivers|draws, with or without a graphics card
libvulkan1|finds what can draw
libegl1|draws with OpenGL where nothing else draws with the graphics card
libgl1-mesa-dri|draws with OpenGL where nothing else draws with the graphics card
libxkbcommon-x11-0|reads the keyboard
libx11-6|opens a window on X11
libx11-xcb1|opens a window on X11
libxcursor1|shows the pointer on X11
libxi6|reads the mouse on X11
libxrandr2|knows the screens on X11
libwayland-client0|opens a window on Wayland
libwayland-egl1|draws with OpenGL on Wayland'

test_packages='xvfb|a display for the tests, in memory
xauth|lets programs onto that display
openbox|a window manager there
xdotool|presses real keys and moves a real mouse there
x11-utils|tells which windows are there
x11-xserver-utils|switches the screen saver and the monitors of that display
xserver-xorg-core|another X server, with two monitors
xserver-xorg-video-dummy|these monitors, in memory
dbus-daemon|a session bus, to which the screen saver listens
imagemagick|takes pictures of that display
sway|a Wayland compositor without a screen
grim|takes pictures of it
iproute2|makes the network that only the tests see
util-linux|makes the network that only the tests see
python3|helps some tests
x11-xkb-utils|changes the layout of the keyboard there
fonts-wqy-zenhei|names in Chinese
tesseract-ocr|reads what is drawn
at-spi2-core|what screen readers use
python3-gi|reads the window as a screen reader does
gir1.2-atspi-2.0|reads the window as a screen reader does
xdg-desktop-portal|tells the settings of a desktop
xdg-desktop-portal-gtk|tells the settings of a desktop
gsettings-desktop-schemas|the settings of a desktop
libglib2.0-bin|changes them
chromium-common|another software driver, to draw and to leave with
shellcheck|checks the scripts'

package_packages='python3|starts zig, completes the list of what is inside
python3-pip|fetches zig, which links for older systems
librsvg2-bin|draws the icon in all sizes
appstream|checks the description for software centres
desktop-file-utils|checks the entry for the menu of applications
lintian|checks the Debian package'

package_test_packages='systemd|checks the units
debootstrap|makes fresh systems to install the packages in
util-linux|holds their mounts
cpio|holds the files of a machine with an older kernel
qemu-system-x86|is that machine'

debian_rust_packages='rustc-web|a compiler that can build the standard library
cargo-web|builds with it
rust-web-src|the sources of the standard library'

windows_packages='gcc-mingw-w64-x86-64|a C compiler and a linker for Windows
librsvg2-bin|draws the icon in all sizes
icoutils|makes the icon of them
zip|packs it'

windows_test_packages='wine|runs programs of Windows
wine64|runs programs of Windows
mesa-vulkan-drivers|draws there
libvulkan1|draws there
xvfb|a display in memory
xdotool|presses real keys and moves a real mouse there
imagemagick|takes pictures of that display
tesseract-ocr|reads what is drawn
iproute2|makes the network that only the tests see
util-linux|makes the network that only the tests see
python3|reads what is listed'

# CPU time of a first build of the program, of everything that the tests need, and of the packages, in minutes.
build_cpu_minutes=20
test_cpu_minutes=30
package_cpu_minutes=45

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# Copies the licences of the program, its data and its pictures into the folder $1, from the sources in $2.
copy_licences() {
    install -m 644 "$2/LICENSE-MIT" "$1/MIT.txt"
    install -m 644 "$2/LICENSE-APACHE" "$1/Apache-2.0.txt"
    install -m 644 "$2/data/geo/LICENSE-CC-BY-4.0.txt" "$1/CC-BY-4.0.txt"
    install -m 644 "$2/data/places/LICENSE-Unicode-3.0.txt" "$1/Unicode-3.0.txt"
    install -m 644 "$2"/assets/licences/*.txt "$1/"
}

# Installs missing packages of the given lists.
install_packages() {
    local package why missing=() reasons=''
    if ! command -v dpkg-query >/dev/null; then
        say "not Debian or Ubuntu: if the build fails, install the equivalents of these packages:"
        # shellcheck disable=SC2001 # each line gets its own indentation
        sed 's/^/    /; s/|/: /' <<<"$(printf '%s\n' "$@")" >&2
        return
    fi
    while IFS='|' read -r package why; do
        if [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
            missing+=("$package")
            reasons+="    $package: $why"$'\n'
        fi
    done < <(printf '%s\n' "$@")
    ((${#missing[@]})) || return 0

    local by_hand="apt-get install ${missing[*]}"
    say "installing missing packages:"
    printf '%s' "$reasons" >&2
    command -v apt-get >/dev/null || die "there is no apt-get here; install them by hand: ${missing[*]}"
    local as_root=()
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null || die "this needs root, and there is no sudo; as root, do: $by_hand"
        as_root=(sudo)
    fi
    # Keep standard output for the output of the program.
    "${as_root[@]}" apt-get update >&2 || say "apt-get update failed; trying to install anyway"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2 ||
        die "that failed; as root, do by hand: $by_hand"
}

# Finds cargo and sets the target folder.
prepare_cargo() {
    if ! command -v cargo >/dev/null && [[ -r ${HOME:-}/.cargo/env ]]; then
        # shellcheck source=/dev/null
        . "$HOME/.cargo/env"
    fi
    command -v cargo >/dev/null || die "cargo is missing; get Rust from https://rustup.rs and start this again"
    # Outside of the checkout, so that it outlives it.
    local target=${CARGO_TARGET_DIR:-${HOME:?is not set}/.cache/netglobe/target}
    [[ $target == /* ]] || target=$here/$target
    export CARGO_TARGET_DIR=$target
    own_target
}

# Prints what a build will do and its approximate duration. $1 is the CPU time of a first build in minutes.
announce_build() {
    local cpu_minutes=$1 cores packages
    [[ ! -d $CARGO_TARGET_DIR/release/deps ]] || return 0
    cores=$(nproc 2>/dev/null || echo 1)
    packages=$(grep -c '^name = ' "$root/Cargo.lock")
    say "first build, into $CARGO_TARGET_DIR: up to $packages packages, about $((cpu_minutes / cores + 1)) minutes on $cores cores;"
    say "later builds take seconds"
}

# For checkouts that share a target folder: cargo decides by file times whether to rebuild, and would reuse what another
# checkout has built later. So if the checkout changes, its sources are touched.
own_target() {
    local owner=$CARGO_TARGET_DIR/netglobe-checkout
    if [[ -d $CARGO_TARGET_DIR/release && $(cat "$owner" 2>/dev/null) != "$root" ]]; then
        find "$root/src" "$root/tests" "$root/benches" -name '*.rs' -exec touch {} +
    fi
    mkdir -p "$CARGO_TARGET_DIR"
    printf '%s\n' "$root" >"$owner"
}
