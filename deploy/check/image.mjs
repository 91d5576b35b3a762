// Image names: a name without a version means another image tomorrow.

/** Whether the name ends in a digest, or in a tag that names a version. */
export function isPinned(image) {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) {
    return true;
  }
  const tag = /:([\w][\w.-]*)$/.exec(image)?.[1];
  return tag !== undefined && /^v?\d+\.\d+/.test(tag);
}
