#!/usr/bin/env python3
"""Files as C strings: embed.py OUT.c FILE... makes `const char pp_page_NAME_EXT[]` of each NAME.EXT."""
import os
import sys

with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write('#include "page/page.h"\n')
    for path in sys.argv[2:]:
        name = os.path.basename(path).replace(".", "_")
        with open(path, "rb") as file:
            values = ",".join(map(str, file.read()))
        out.write(f"const char pp_page_{name}[] = {{{values},0}};\n")
