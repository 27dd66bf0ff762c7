// Search in names: Korean syllables, their first consonants (초성), half-written syllables, and English without regard to case.

const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const FINALS = ["", ..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"];
const FIRST_SYLLABLE = 0xac00;
const SYLLABLES = 11172;

function syllable(letter) {
  const at = (letter ?? "").charCodeAt(0) - FIRST_SYLLABLE;
  return at >= 0 && at < SYLLABLES ? at : -1;
}

// The first consonant of a syllable; "" of anything else.
function initial(letter) {
  const at = syllable(letter);
  return at < 0 ? "" : INITIALS[Math.floor(at / 588)];
}

// What is compared: one form of Korean, small letters, and neither spaces nor hyphens.
function searchable(text) {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\s\-–'’.,]/g, "");
}

// Whether a typed sign stands for a letter of a name; the last one may be half of a syllable: 조 for 종, 갚 on the way to 가평.
function standsFor(typed, letter, next, last) {
  if (typed === letter || (INITIALS.includes(typed) && initial(letter) === typed)) return true;
  const wanted = syllable(typed);
  const have = syllable(letter);
  if (!last || wanted < 0 || have < 0) return false;
  const open = wanted - (wanted % 28);
  if (wanted === open) return have - (have % 28) === open;
  return have === open && initial(next) === FINALS[wanted % 28];
}

// Where a query stands in a text, or -1.
function foundAt(query, text) {
  const typed = [...query];
  const letters = [...text];
  for (let start = 0; start + typed.length <= letters.length; start += 1) {
    const fits = (sign, at) => standsFor(sign, letters[start + at], letters[start + at + 1], at === typed.length - 1);
    if (typed.every(fits)) return start;
  }
  return -1;
}

// The positions of names that fit. Each entry of `names` is a list of spellings, the plainest first: what fits a plainer one, or
// its beginning, comes first.
function search(query, names) {
  const wanted = searchable(query);
  if (!wanted) return [];
  const ranks = names.map((spellings) => Math.min(...spellings.map((one, at) => rankOf(foundAt(wanted, one), at))));
  const fitting = ranks.map((rank, at) => ({ rank, at })).filter((one) => one.rank < Infinity);
  return fitting.sort((a, b) => a.rank - b.rank || a.at - b.at).map((one) => one.at);
}

function rankOf(place, spelling) {
  return place < 0 ? Infinity : 2 * spelling + Math.min(place, 1);
}
