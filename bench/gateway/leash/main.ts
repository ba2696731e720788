/** Loaded into a process before its own program: it ends with whoever started it, and tells, when asked, what it holds. */
process.on('disconnect', () => process.exit(0));
process.on('message', () => {
  globalThis.gc?.();
  process.send?.(process.memoryUsage());
});
process.channel?.unref();
