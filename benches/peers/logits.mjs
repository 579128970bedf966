// Measures over rows of logits.

const best = (row) => {
  let at = 0;
  for (let i = 1; i < row.length; i++) if (row[i] > row[at]) at = i;
  return at;
};

/// How far the best is ahead of the second.
function margin(row) {
  const at = best(row);
  let second = -Infinity;
  for (let i = 0; i < row.length; i++) if (i !== at && row[i] > second) second = row[i];
  return row[at] - second;
}

/// Two ways to the same logits.
export class Comparison {
  /// A margin, in logits, that is no near tie.
  static CLEAR = 0.5;
  #count = 0;
  #same = 0;
  #clear = 0;
  #clearSame = 0;
  #error = 0;
  widest = 0;

  constructor(one, other) {
    Object.assign(this, { one, other });
  }

  /// `exact` says how near a tie is.
  add(one, other, exact) {
    const same = best(one) === best(other);
    const ahead = margin(exact);
    this.#count++;
    this.#same += same;
    if (ahead > Comparison.CLEAR) {
      this.#clear++;
      this.#clearSame += same;
    }
    if (!same) this.widest = Math.max(this.widest, ahead);
    let [mean, squares, differences] = [0, 0, 0];
    for (let i = 0; i < other.length; i++) {
      mean += other[i];
      squares += other[i] ** 2;
      differences += (one[i] - other[i]) ** 2;
    }
    mean /= other.length;
    this.#error += Math.sqrt(differences / (squares - other.length * mean ** 2));
  }

  /// Share of positions with the same best token.
  get equal() {
    return this.#same / this.#count;
  }

  /// The same of those that are no near ties, and how many those are.
  get clearEqual() {
    return this.#clearSame / this.#clear;
  }

  get clearShare() {
    return this.#clear / this.#count;
  }

  /// Root mean square of the differences over the logits' deviation, mean of all positions.
  get error() {
    return this.#error / this.#count;
  }
}

/// Of the tokens that followed.
export class Perplexity {
  #count = 0;
  #surprise = 0;

  add(row, next) {
    const top = row[best(row)];
    let sum = 0;
    for (const logit of row) sum += Math.exp(logit - top);
    this.#surprise += Math.log(sum) - (row[next] - top);
    this.#count++;
  }

  get value() {
    return Math.exp(this.#surprise / this.#count);
  }
}
