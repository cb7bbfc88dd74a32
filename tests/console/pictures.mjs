// Screenshots as small palette PNGs: the repository keeps them, and a diff of the look shall not cost a megabyte.
// Invariant: at most COLORS colours; what a page of text, lines and a few tones needs.
import UPNG from 'upng-js';

const COLORS = 64;

/** The same picture with a palette. */
export function small(png) {
  const picture = UPNG.decode(png.buffer.slice(png.byteOffset, png.byteOffset + png.byteLength));
  return Buffer.from(UPNG.encode(UPNG.toRGBA8(picture), picture.width, picture.height, COLORS));
}
