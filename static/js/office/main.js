// What every office page has: confirmation of dangerous acts, and links that can be copied.

import { confirmActs } from "./confirm.js";
import { offerCopies } from "./copy.js";

confirmActs(document, document.querySelector("#confirm"));
offerCopies(document);
