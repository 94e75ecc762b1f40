// A small typed event emitter. A listener that throws does not keep the others from being called, nor break the store:
// its error becomes an uncaught exception of its own.

/** Called with the event. */
export type Listener<Event> = (event: Event) => void;

/** Emits events of the names and types in `Events`. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Calls `listener` at every event of this name. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
  }

  /** Calls `listener` at the next event of this name only. */
  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    const once = (event: Events[Name]) => {
      this.off(name, once);
      listener(event);
    };
    onceListeners.set(listener, once);
    this.on(name, once);
  }

  /** Takes a listener off, whether it came by on() or by once(). */
  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    const listeners = this.#listeners.get(name);
    listeners?.delete(listener);
    listeners?.delete(onceListeners.get(listener) ?? listener);
  }

  /** Calls the listeners of this name, in the order in which they came. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of Array.from(this.#listeners.get(name) ?? [])) {
      try {
        (listener as Listener<Events[Name]>)(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

/** What once() put on the list in place of a listener. */
const onceListeners = new WeakMap<object, Listener<never>>();
