/** Fields of controls, each made from its schema: lists, numbers, texts. */

import { html } from "../vendor/htm-preact.js";
import { Field } from "./parts_of_page.js";

const LONGEST_LIST = 40;

/**
 * Say what kind of field a schema asks for.
 * @param {object} schema of one control
 * @returns {{kind: "choice"|"switch"|"number"|"text", values?: string[], low?: number,
 *   high?: number, whole?: boolean, pattern?: string, list?: boolean}}
 */
export function kindOf(schema) {
  const any = schema.anyOf ?? [schema];
  const choice = any.find((each) => each.enum);
  const number = any.find((each) => ["integer", "number"].includes(each.type));
  const text = any.find((each) => each.pattern !== undefined || each.type === "string");
  if (schema.type === "boolean") return { kind: "switch" };
  if (schema.type === "array") {
    return { kind: "text", list: true, values: kindOf(schema.items ?? {}).values };
  }
  if (choice) {
    const values = choice.enum.filter((value) => value !== null).map(String);
    if (values.length <= LONGEST_LIST && !text && !number) return { kind: "choice", values };
    return { kind: "text", values, number: Boolean(number) };
  }
  if (text) return { kind: "text", pattern: text.pattern, number: Boolean(number) };
  if (number) {
    const low = number.minimum ?? number.exclusiveMinimum;
    const high = number.maximum ?? number.exclusiveMaximum;
    return { kind: "number", low, high, whole: number.type === "integer" };
  }
  return { kind: "text" };
}

/**
 * Read what was typed as a value of the control; "" is none.
 * @param {object} schema
 * @param {string} typed
 */
export function valueOf(schema, typed) {
  const kind = kindOf(schema);
  const text = String(typed).trim();
  if (text === "") return "";
  if (kind.kind === "switch") return text === "yes";
  if (kind.kind === "number") return Number(text);
  if (kind.list) return text.split(",").map((each) => each.trim()).filter(Boolean);
  if (kind.number && /^-?\d+$/.test(text)) return Number(text);
  const choice = (schema.anyOf ?? [schema]).find((each) => each.enum);
  return choice?.enum.find((value) => String(value) === text) ?? text;
}

/** Write a value as it was typed. */
export function typedOf(value) {
  if (value === undefined || value === "") return "";
  if (value === true || value === false) return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** Name a control for people: "note_range" is "Note range". */
export function labelOf(name, schema = {}) {
  const words = schema.title ?? name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}

/** One control of a verb. */
export function Control({ name, schema, value, error, onChange }) {
  const id = `control-${name}`;
  const change = (event) => onChange(valueOf(schema, event.target.value));
  const given = { id, label: labelOf(name, schema), help: schema.description, error };
  return html`<${Field} ...${given}>
    ${(attributes) => field(kindOf(schema), typedOf(value), { ...attributes, onChange: change })}
  <//>`;
}

function field(kind, typed, attributes) {
  if (kind.kind === "choice" || kind.kind === "switch") {
    const values = kind.values ?? ["yes", "no"];
    return html`<select value=${typed} ...${attributes}>
      <option value="">any</option>
      ${values.map(
        (value) => html`<option value=${value} selected=${value === typed}>${value}</option>`,
      )}
    </select>`;
  }
  if (kind.kind === "number") {
    const step = kind.whole ? 1 : "any";
    return html`<input type="number" min=${kind.low} max=${kind.high} step=${step} value=${typed}
      placeholder="any" ...${attributes} />`;
  }
  const list = kind.values ? `${attributes.id}-list` : undefined;
  return html`<input type="text" autocomplete="off" list=${list} value=${typed} placeholder="any"
      ...${attributes} />
    ${list &&
    html`<datalist id=${list}>
      ${kind.values.map((value) => html`<option value=${value} />`)}
    </datalist>`}`;
}
