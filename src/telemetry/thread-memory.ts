/**
 * What a thread that takes messages may have of memory (MB). All that such a thread holds has limits of its own, far below these. They are here because V8 lets
 * garbage grow to four times what is alive where it is allowed 2 GB and more, and to less the less it is allowed (`MemoryController`); and because
 * the youngest objects of the three 16 MB that it keeps for them are garbage for the most part. A thread that needs more ends, is told of, and begins
 * again, instead of the machine's memory.
 */
export const THREAD_MEMORY = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 24 } as const;
