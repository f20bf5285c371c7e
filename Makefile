# The front door. Meson does the building; scripts/setup installs what is missing (as root or with sudo).
#
#   make         build/pinprick            make demo     the main job, on what the repository brings
#   make check   the tests                 make bench    speed and memory, as ratios
#   make check-sanitize  the tests again, with the compiler's address and undefined-behaviour sanitizers, in build-sanitize
#   make install                           make docs     rewrites the pages that come from the parameter table
#   make clean                             make images   makes the README's pictures anew, from the demo
#   make wheel   the Python package, in dist/
#
# MESON_OPTIONS="-Dwerror=true ..." is handed to Meson; BUILD=DIR builds elsewhere; ONNXRUNTIME_ROOT=DIR names a release folder.

BUILD ?= build
MESON_OPTIONS ?=

.PHONY: all setup setup-tests configure demo check check-sanitize bench docs images install wheel clean

all: setup configure
	@ninja -C $(BUILD)

setup:
	@scripts/setup

setup-tests:
	@scripts/setup --tests

# Configures once; later calls only hand on options that were given.
configure:
	@if [ ! -f $(BUILD)/build.ninja ]; then \
	    root=$$(scripts/setup --print-onnxruntime); \
	    meson setup $(BUILD) $${root:+-Donnxruntime_root=$$root} $(MESON_OPTIONS); \
	elif [ -n "$(MESON_OPTIONS)" ]; then \
	    meson configure $(BUILD) $(MESON_OPTIONS); \
	fi

demo: all
	@scripts/demo $(BUILD)

check: setup-tests configure
	@ninja -C $(BUILD)
	@scripts/check $(BUILD)

check-sanitize:
	@$(MAKE) --no-print-directory check BUILD=build-sanitize \
	    MESON_OPTIONS="-Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized $(MESON_OPTIONS)"

bench: all
	@meson test -C $(BUILD) --benchmark --verbose

docs: all
	@ninja -C $(BUILD) docs

images: all
	@scripts/images $(BUILD)

install: all
	@meson install -C $(BUILD)

wheel: setup
	@scripts/wheel

clean:
	@rm -rf $(BUILD) build-sanitize build-wheel demo-run dist
