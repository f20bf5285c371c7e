#!/bin/sh
# install.sh BUILD SOURCE - what "make install" leaves: installs a build folder into a temporary place and uses it from there.
# Says how it went as the Test Anything Protocol has it.
set -u
build=$1 source=$2
place=$(mktemp -d "${TMPDIR:-/tmp}/pinprick-install-XXXXXX")
trap 'rm -rf "$place"' EXIT
number=0 failed=0

# check SENTENCE COMMAND...: one test.
check() {
    sentence=$1 number=$((number + 1))
    shift
    if "$@" >"$place/said" 2>&1; then
        echo "ok $number - $sentence"
    else
        echo "not ok $number - $sentence"
        cat "$place/said"
        failed=1
    fi
}

installed() {
    find "$place/root" -path "*/$1" | grep .
}

# What the header declares, against what the library shows.
shows_what_is_declared() {
    sed -n 's/^PP_API .*[ *]\(pp_[a-z0-9_]*\)(.*/\1/p' "$source/include/pinprick/pinprick.h" | sort >"$place/declared"
    nm -D --defined-only "$library" | awk '{ print $3 }' | sort >"$place/shown"
    test -s "$place/declared" && diff "$place/declared" "$place/shown"
}

# With what pkg-config says; OPTIONS make it link with the static library.
compile() { # OUTPUT [OPTIONS...]
    output=$1
    shift
    flags=$(pkg-config "$@" --cflags --libs pinprick)
    test $# = 0 || flags=$(echo "$flags" | sed 's/-lpinprick/-l:libpinprick.a/')
    cc -std=c11 -Wall -Wextra -Werror -o "$output" "$place/example.c" $flags
}

# It has no model, and says so.
runs() { # PROGRAM...
    (cd "$place" && "$@" no-such-model.onnx image.png 2>&1) | grep "no-such-model.onnx: "
}

meson install -C "$build" --destdir "$place/root" --no-rebuild >"$place/said" 2>&1 || { cat "$place/said"; exit 1; }
for file in bin/pinprick libpinprick.so libpinprick.a include/pinprick/pinprick.h pkgconfig/pinprick.pc man1/pinprick.1; do
    check "there is $file" installed "$file"
done
check "the tool runs" "$(installed bin/pinprick)" --version

library=$(readlink -f "$(installed libpinprick.so)")
check "the shared library shows what the header declares, and nothing else" shows_what_is_declared

# pkg-config's file as it would be, had this place been the prefix; the program is that of the README
sed "s|^prefix=\(.*\)|prefix=$place/root\1|" "$(installed pinprick.pc)" >"$place/pinprick.pc"
sed -n '/^```c$/,/^```$/ { /^```/!p }' "$source/README.md" >"$place/example.c"
export PKG_CONFIG_PATH="$place"
check "the README's program compiles" compile "$place/shared"
check "it runs" runs env LD_LIBRARY_PATH="$(dirname "$library")" "$place/shared"
check "it links with the static library" compile "$place/static" --static
check "linked so, it runs without the shared one" runs env -u LD_LIBRARY_PATH "$place/static"
exit $failed
