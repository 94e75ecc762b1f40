// Names each stage of a script as it starts, and says how long it took. Two may run at a time.

export async function stage(name, work) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  process.stdout.write(`== ${name}\n`);
  try {
    const result = await work();
    process.stdout.write(`   ${name}: ${typeof result === 'string' ? result : 'done'} (${seconds()})\n`);
    return result;
  } catch (error) {
    process.stdout.write(`   ${name}: failed (${seconds()})\n`);
    throw error;
  }
}

/** Ends the script with a plain sentence instead of a stack trace. */
export function exitWith(error) {
  process.stderr.write(`\n${error.message}\n`);
  process.exit(1);
}
