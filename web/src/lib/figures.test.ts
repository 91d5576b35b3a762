import { expect, test } from "vitest";
import { formatCount, formatShare, formatShort } from "./figures";

test("counts", () => {
  expect(formatCount(12408)).toBe("12,408");
  expect(formatShort(9_999)).toBe("9,999");
  expect(formatShort(12_408)).toBe("12.4K");
});

test("a share of nothing is no number", () => {
  expect(formatShare(0, 0)).toBe("–");
  expect(formatShare(0, 100)).toBe("0 %");
  expect(formatShare(231, 10_000)).toBe("2.31 %");
  expect(formatShare(1, 1_000_000)).toBe("< 0.01 %");
});
