/* Sentences of the map page. */

import { readJson, speaker } from "../lib/messages.js";

export const say = speaker(readJson("messages"), readJson("map-messages"));
export const locale = document.documentElement.lang;
