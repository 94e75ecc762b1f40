// Who may speak to a server of predictors: programs, not pages in a browser on the same machine.
//
// A page may send requests to any local port. Those that browsers send for a page of another origin carry an Origin, or can neither
// have a content type of their own nor another method than GET and POST without asking first. A page whose name was made to point
// here (DNS rebinding) is of the same origin, but then that name is in Host.
import type { IncomingMessage } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import { Fault } from './fault.js';

const anyAddress = new Set(['0.0.0.0', '::']);
const defaultPort = 80;

export const isLoopback = (address: string): boolean => address === '::1' || /^(::ffff:)?127\./.test(address);

/** A host as it stands in an address: IPv6 in brackets. */
export const hostText = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);

/** Whether a Host header is that of a server. */
export type HostCheck = (header: string | undefined) => boolean;

/** `asked`: the host that the server was told to listen on; `bound`: where it does. */
export function hostCheck(asked: string, { address, port }: Pick<AddressInfo, 'address' | 'port'>): HostCheck {
  if (anyAddress.has(address)) return (header) => header !== undefined && isAddress(header);
  const names = [asked, address, ...(isLoopback(address) ? ['localhost'] : [])].map((name) => hostText(name).toLowerCase());
  const allowed = new Set(names.flatMap((name) => (port === defaultPort ? [name, `${name}:${port}`] : [`${name}:${port}`])));
  return (header) => header !== undefined && allowed.has(header.toLowerCase());
}

/** No name, with or without a port: a name may have been made to point here. */
function isAddress(header: string): boolean {
  const host = header.replace(/:\d{1,5}$/, '');
  return host === 'localhost' || isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/** Throws a Fault for a request that a page may have sent. */
export function admit({ headers }: IncomingMessage, isHost: HostCheck): void {
  if (headers.origin !== undefined) throw new Fault('refused', 'requests of pages are refused: this one has an Origin');
  if (!isHost(headers.host)) throw new Fault('refused', 'its Host is not the address that this server listens on');
}

/** Throws a Fault for a body of another type. */
export function requireType({ headers }: IncomingMessage, type: string): void {
  const given = headers['content-type']?.split(';')[0]!.trim().toLowerCase();
  if (given !== type) throw new Fault('bad_type', `a body must be of type ${type}`);
}
