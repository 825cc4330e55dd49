// Judges pages by html-validate: a page a line on stdin, its faults a line on stdout, as JSON.
import { createInterface } from "node:readline";
import { HtmlValidate } from "html-validate";

const judge = new HtmlValidate({ root: true, extends: ["html-validate:standard"] });
for await (const line of createInterface({ input: process.stdin })) {
  const { results } = await judge.validateString(JSON.parse(line));
  const faults = results.flatMap(({ messages }) => messages);
  console.log(JSON.stringify(faults.map((fault) => `line ${fault.line}: ${fault.message} (${fault.ruleId})`)));
}
