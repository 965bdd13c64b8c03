/**
 * Whether a text is what a pattern says, in which `*` stands for anything, also for nothing. Takes at most as many steps as both are long, multiplied: goes back to
 * the last star alone, since whatever an earlier one could take this one can take as well.
 */
export function globMatches(glob: string, text: string): boolean {
  let [at, place] = [0, 0];
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (glob[place] === '*') {
      star = place++;
      resume = at;
    } else if (place < glob.length && glob[place] === text[at]) {
      at++;
      place++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++resume;
    } else return false;
  }
  while (glob[place] === '*') place++;
  return place === glob.length;
}
