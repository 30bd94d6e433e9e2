// What every office page has: confirmation of dangerous acts, links that can be copied, tables that renew themselves.

import { confirmActs } from "./confirm.js";
import { offerCopies } from "./copy.js";
import { markTimed } from "./timed.js";

confirmActs(document, document.querySelector("#confirm"));
offerCopies(document);
markTimed(document);
