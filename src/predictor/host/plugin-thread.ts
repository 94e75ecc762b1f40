// The thread of a predictor that does not run inline: it has one, and does what it is asked.
import { getHeapStatistics } from 'node:v8';
import type { Bundled } from '../load.js';
import { messageOf, type HookName } from './hooks.js';
import { PluginInstance, type InstanceRequest } from './instance.js';

/** What is asked: to create it, or to call a hook. */
export type PluginTask =
  | { readonly open: InstanceRequest }
  | { readonly open?: undefined; readonly hook: HookName; readonly argument: unknown };

/**
 * What came of it: what the hook gave, and the bytes that the thread holds then, garbage that is not collected yet included; or
 * what it threw, in words, as not everything that can be thrown can go to another thread.
 */
export type PluginAnswer =
  | { readonly threw?: undefined; readonly value: unknown; readonly held: number }
  | { readonly threw: string };

function heldBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** What such a thread does with its tasks. Of hooks, only arrays of numbers go back: whatever else there may be is wrong. */
export function pluginThread(bundled: Bundled): (task: PluginTask) => Promise<PluginAnswer> {
  let instance: PluginInstance | undefined;
  const valueOf = async (task: PluginTask): Promise<unknown> => {
    if (task.open === undefined) {
      const output = await instance!.call(task.hook, task.argument);
      return ArrayBuffer.isView(output) ? output : undefined;
    }
    instance = await PluginInstance.create(task.open, bundled);
    return instance.described;
  };
  return async (task) => {
    try {
      return { value: await valueOf(task), held: heldBytes() };
    } catch (error) {
      return { threw: messageOf(error) };
    }
  };
}
