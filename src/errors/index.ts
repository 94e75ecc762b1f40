// Errors, and the constants that are shared with the engine.
export * from './constants.gen.js';
export { describe } from './describe.js';
export { badOption, booleanOption, groupOption, numberOption, oneOf, type Check, type Checks } from './option-checks.js';
export { errorNumber, errorOfNumber, ForeshardError, foreshardError, type ErrorContext } from './foreshard-error.js';
