"""Names as somebody may give them who wishes no good: to a terminal, a page or a spreadsheet."""

from __future__ import annotations

import re

OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
HOSTILE = (
    "\x1b[31mred",
    "\x1b[2J\x1b[Hcleared",
    "\x1b]0;title\x07",
    "\x1b]8;;http://x.invalid\x1b\\link",
    "\x9b5Aup",
    "\x90q\x9c",
    "bell\x07",
    "back\x08\x08space",
    "over\rwritten",
    "nul\x00",
    "del\x7f",
    "\u202egnp.exe",
    "\u202dleft",
    "\u2066isolated\u2069",
    "\u200fright",
    "\u061carabic",
    "zero\u200bwidth",
    "soft\u00adhyphen",
    "word\u2060joiner",
    "\ufeffmark",
    "line\u2028end",
    "tag\U000e0041ged",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title><svg onload=alert(1)>",
    "\" onmouseover='alert(1)'",
    "{{ 7 * 7 }} {% raw %}",
    "[bold]markup[/bold] [link=x]y",
    "=1+2",
    "@SUM(A1)",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "\t=1+2",
)
