/** web/app/ is THE PAGE: what people see of the hub in a browser. This file is where it starts. */
import { render } from "solid-js/web";
import { createHub } from "../client/mod.ts";
import { App } from "./app.tsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/inbox.css";
import "./styles/markdown.css";
import "./styles/pages.css";
import "./styles/people.css";

const root = document.getElementById("app");
if (!root) throw new Error('Cannot start: index.html has no element "app"');
const hub = createHub();
render(() => <App hub={hub} />, root);
