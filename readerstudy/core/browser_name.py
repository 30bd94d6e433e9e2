"""What a person calls the browser that a User-Agent header names: pure. Unknown ones stay what they say."""

import re

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


def browser_in_words(user_agent: str) -> str:
    """'Firefox 128 on Linux' for a known browser, else the beginning of what it says of itself."""
    browser = next((f"{name} {found[1]}" for name, sign in BROWSERS if (found := re.search(sign, user_agent))), "")
    system = next((name for name, sign in SYSTEMS if sign in user_agent), "")
    if not browser:
        return user_agent[:LONGEST] or "A browser without a name"
    return f"{browser} on {system}" if system else browser
