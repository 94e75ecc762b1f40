// Keys as text.
import { isUtf8 } from 'node:buffer';

/** The key as a string, if it is UTF-8; else its bytes in hexadecimal, behind 0x. */
export const keyText = (key: Buffer): string => (isUtf8(key) ? key.toString('utf8') : `0x${key.toString('hex')}`);
