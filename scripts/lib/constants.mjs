// Turns the table of shared constants into a C++ header and a TypeScript module; checks the table first.

const banner = [
  '// Constants shared by C++ and TypeScript: errors, record kinds, options, layouts of shared arrays.',
  '// Generated from native/constants.json by scripts/generate-constants.mjs; change that table, not this file.',
];
const quote = (text) => JSON.stringify(text);
const noError = { name: 'ok', code: 'FORESHARD_OK', text: 'Nothing went wrong.' };
const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The C++ name of an option ends with its unit: flushInterval in ms is flush_interval_ms. */
function optionNameWithUnit({ name, unit }) {
  const snake = snakeCase(name);
  const needsSuffix = (unit === 'bytes' || unit === 'ms') && !snake.endsWith(`_${unit}`);
  return needsSuffix ? `${snake}_${unit}` : snake;
}

function check(condition, message) {
  if (!condition) throw new Error(`native/constants.json: ${message}`);
}

function checkUnique(rows, field, section) {
  const values = rows.map((row) => row[field]);
  const repeated = values.find((value, index) => values.indexOf(value) !== index);
  check(repeated === undefined, `${section}: ${field} ${quote(repeated)} is given twice`);
}

export function checkTable(table) {
  const sections = 'errors, recordKinds, options, layouts';
  check(Object.keys(table).join(', ') === sections, `sections must be ${sections}`);
  for (const section of Object.keys(table)) checkUnique(table[section], 'name', section);
  checkUnique(table.errors, 'code', 'errors');
  checkUnique(table.recordKinds, 'value', 'recordKinds');
  for (const { name, code, text } of table.errors) {
    check(/^[a-z][a-z0-9_]*$/.test(name), `errors: ${quote(name)} is not snake_case`);
    check(code === `FORESHARD_${name.toUpperCase()}`, `errors: the code of ${name} must be its name in capitals`);
    check(text.length > 0, `errors: ${name} has no text`);
  }
  for (const { name, value } of table.recordKinds) {
    check(value > 0 && value < 256, `recordKinds: ${name} must be 1..255, 0 is reserved`);
  }
  for (const { name, default: standard, min, max, unit, doc } of table.options) {
    check(min <= standard && standard <= max, `options: the default of ${name} is outside of its range`);
    check(Boolean(unit && doc), `options: ${name} needs a unit and a doc`);
  }
  for (const { name, doc, fields } of table.layouts) {
    check(Boolean(doc), `layouts: ${name} needs a doc`);
    checkUnique(fields, 'name', `layouts: ${name}`);
    for (const field of fields) check(Boolean(field.doc), `layouts: ${name}.${field.name} needs a doc`);
  }
}

function errorsHeader(errors) {
  return [
    '// What went wrong. `ok` is 0; a code is for the caller, a text says what to do.',
    'enum class Errc : uint8_t {',
    ...[noError, ...errors].map(({ name }, index) => `  ${name} = ${index},`),
    '};',
    '',
    'constexpr std::string_view errc_code(Errc errc) {',
    '  switch (errc) {',
    ...[noError, ...errors].map(({ name, code }) => `    case Errc::${name}: return ${quote(code)};`),
    '  }',
    '  return "FORESHARD_UNKNOWN";',
    '}',
    '',
    'constexpr std::string_view errc_text(Errc errc) {',
    '  switch (errc) {',
    ...[noError, ...errors].flatMap(({ name, text }) => [`    case Errc::${name}:`, `      return ${quote(text)};`]),
    '  }',
    '  return "The error is unknown to this version.";',
    '}',
  ];
}

function recordKindsHeader(kinds) {
  return [
    '// What a record of the log is. 0 is reserved; a retired value is never used again.',
    'enum class RecordKind : uint8_t {',
    ...kinds.map(({ name, value, doc }) => `  ${name} = ${value},  // ${doc}`),
    '};',
  ];
}

function optionsHeader(options) {
  return [
    '// An option of the store: what it is when not given, and its bounds, both inclusive.',
    'template <class T>',
    'struct OptionRange {',
    '  T standard;',
    '  T min;',
    '  T max;',
    '  constexpr bool holds(T value) const { return value >= min && value <= max; }',
    '};',
    '',
    'namespace option {',
    ...options.flatMap((row) => {
      const [type, suffix] = row.unit === 'share' || row.unit === 'factor' ? ['double', ''] : ['uint64_t', 'u'];
      const values = [row.default, row.min, row.max].map((value) => `${value}${suffix}`).join(', ');
      return [`// ${row.doc} Unit: ${row.unit}.`, `inline constexpr OptionRange<${type}> ${optionNameWithUnit(row)}{${values}};`];
    }),
    '}  // namespace option',
  ];
}

function layoutsHeader(layouts) {
  return layouts.flatMap(({ name, doc, fields }) => [
    `// ${doc}`,
    `namespace layout::${snakeCase(name)} {`,
    ...fields.map((field, index) => `inline constexpr uint32_t ${snakeCase(field.name)} = ${index};  // ${field.doc}`),
    `inline constexpr uint32_t width = ${fields.length};`,
    `}  // namespace layout::${snakeCase(name)}`,
    '',
  ]);
}

export function headerOf({ errors, recordKinds, options, layouts }) {
  return [
    ...banner,
    '#pragma once',
    '#include <cstdint>',
    '#include <string_view>',
    '',
    'namespace foreshard {',
    '',
    ...errorsHeader(errors),
    '',
    ...recordKindsHeader(recordKinds),
    '',
    ...optionsHeader(options),
    '',
    ...layoutsHeader(layouts),
    '}  // namespace foreshard',
    '',
  ].join('\n');
}

function layoutModule({ name, doc, fields }) {
  return [
    '',
    `/** ${doc} */`,
    `export const ${name}Layout = {`,
    ...fields.flatMap((field, index) => [`  /** ${field.doc} */`, `  ${field.name}: ${index},`]),
    `  width: ${fields.length},`,
    '} as const;',
  ];
}

export function moduleOf({ errors, recordKinds, options, layouts }) {
  return [
    ...banner,
    '',
    '/** Every error of the engine, in the order of its numbers: the number of an error is its index here. */',
    'export const errorTable = [',
    ...[noError, ...errors].map(({ name, code, text }) => `  { name: ${quote(name)}, code: ${quote(code)}, text: ${quote(text)} },`),
    '] as const;',
    `export type ErrorName = (typeof errorTable)[number]['name'];`,
    `export type ErrorCode = (typeof errorTable)[number]['code'];`,
    '',
    '/** What a record of the log is. */',
    'export const recordKinds = {',
    ...recordKinds.flatMap(({ name, value, doc }) => [`  /** ${doc} */`, `  ${name}: ${value},`]),
    '} as const;',
    'export type RecordKind = keyof typeof recordKinds;',
    '',
    '/** Numeric options of the store; bounds are inclusive. */',
    'export const optionTable = {',
    ...options.flatMap(({ name, default: standard, min, max, unit, doc }) => [
      `  /** ${doc} Unit: ${unit}. Default: ${standard}. */`,
      `  ${name}: { default: ${standard}, min: ${min}, max: ${max}, unit: ${quote(unit)} },`,
    ]),
    '} as const;',
    'export type OptionName = keyof typeof optionTable;',
    ...layouts.flatMap(layoutModule),
    '',
  ].join('\n');
}
