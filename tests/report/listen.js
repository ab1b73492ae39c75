"use strict";
// Before the page's own script: whatever goes wrong is noted, and nothing may ask for more than text.
const troubles = [];
window.addEventListener("error", (event) => troubles.push(event.message));
window.addEventListener("unhandledrejection", (event) => troubles.push(String(event.reason)));
window.addEventListener("securitypolicyviolation", (event) => troubles.push(`${event.violatedDirective} ${event.blockedURI}`));
for (const kind of ["error", "warn"]) console[kind] = (...words) => troubles.push(words.join(" "));
window.alert = () => troubles.push("something in the data was run");
