"""Runs the Python blocks of a page one after the other, as a reader would: run_python.py docs/from-pytorch.md"""
import os
import re
import sys
import tempfile

page = os.path.abspath(sys.argv[1])
text = open(page, encoding="utf-8").read()
os.chdir(tempfile.mkdtemp())
names = {}
for block in re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
    line = text.count("\n", 0, block.start(1))
    exec(compile("\n" * line + block.group(1), page, "exec"), names)
print(f"{page}: the Python blocks run")
