// A tape archive as POSIX has it (ustar): what everybody can open.
const BLOCK = 512;

export interface ReportFile {
  readonly name: string;
  readonly text: string;
}

function header(name: string, size: number, mtime: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const put = (text: string, at: number, length: number): void => void block.write(text.slice(0, length), at, 'utf8');
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  const cut = name.length > 100 ? name.lastIndexOf('/', 154) : -1;
  put(name.slice(cut + 1), 0, 100);
  put(octal(0o600, 8), 100, 8);
  put(octal(0, 8), 108, 8);
  put(octal(0, 8), 116, 8);
  put(octal(size, 12), 124, 12);
  put(octal(mtime, 12), 136, 12);
  put('        ', 148, 8);
  put('0', 156, 1);
  put('ustar\u000000', 257, 8);
  if (cut > 0) put(name.slice(0, cut), 345, 155);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8);
  return block;
}

/** `mtime`: epoch seconds. Names have at most 100 characters behind a folder, and 155 in front. */
export function tarOf(files: readonly ReportFile[], mtime: number): Buffer {
  const parts = files.flatMap(({ name, text }) => {
    const body = Buffer.from(text, 'utf8');
    return [header(name, body.length, mtime), body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}
