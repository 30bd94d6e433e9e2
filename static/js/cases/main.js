// The cases page: a board that refreshes while work goes on, and its two dialogs.

import { openDialogs } from "./dialogs.js";
import { refreshInPlace } from "./refresh.js";

refreshInPlace(document.body, "board");
openDialogs(document);
