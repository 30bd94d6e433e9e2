"""What a person calls the browser that a User-Agent header names: pure. Unknown ones stay what they say."""

import re
from dataclasses import dataclass

# In this order: most browsers also name those that they descend from.
BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chromium", r"Chromium/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("ChromeOS", "CrOS"),
    ("macOS", "Mac OS X"),
    ("Linux", "Linux"),
)
LONGEST = 60


@dataclass(frozen=True)
class BrowserName:
    """What is known of a browser; either may be empty."""

    browser: str
    system: str


def browser_name(user_agent: str) -> BrowserName:
    """'Firefox 128' and 'Linux' of a known browser, else the beginning of what it says of itself, and no system."""
    browser = next((f"{name} {found[1]}" for name, sign in BROWSERS if (found := re.search(sign, user_agent))), "")
    if not browser:
        return BrowserName(user_agent[:LONGEST], "")
    return BrowserName(browser, next((name for name, sign in SYSTEMS if sign in user_agent), ""))
