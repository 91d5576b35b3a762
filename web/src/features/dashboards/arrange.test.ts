import { describe, expect, test } from "vitest";
import {
  arrange,
  changedPlaces,
  freePlace,
  inReadingOrder,
  moved,
  type Place,
  type Placed,
  rowsOf,
} from "./arrange";

const at = (id: string, x: number, y: number, width: number, height: number): Placed => ({
  id,
  position_x: x,
  position_y: y,
  width,
  height,
});
const spot = (place: Place | undefined) =>
  place && [place.position_x, place.position_y, place.width, place.height];

function overlapping(places: Iterable<Place>): boolean {
  const taken = new Set<string>();
  for (const { position_x, position_y, width, height } of places) {
    for (let x = position_x; x < position_x + width; x++) {
      for (let y = position_y; y < position_y + height; y++) {
        if (taken.has(`${x} ${y}`)) return true;
        taken.add(`${x} ${y}`);
      }
    }
  }
  return false;
}

/** The same numbers on every run. */
function randomPanels(seed: number): Placed[] {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state % below;
  };
  return Array.from({ length: 1 + next(20) }, (_, i) =>
    at(`p${i}`, next(12), next(40), 1 + next(12), 1 + next(9)),
  );
}

describe("arrange", () => {
  test("leaves what is in order as it is", () => {
    const panels = [at("a", 0, 0, 6, 4), at("b", 6, 0, 6, 4), at("c", 0, 4, 12, 8)];
    expect(changedPlaces(panels, arrange(panels))).toBeNull();
  });

  test("never overlaps, never leaves the grid, and says the same twice", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const panels = randomPanels(seed);
      const places = arrange(panels);
      expect(places.size).toBe(panels.length);
      expect(overlapping(places.values())).toBe(false);
      for (const { position_x, width } of places.values()) {
        expect(position_x + width).toBeLessThanOrEqual(12);
      }
      const again = panels.map((panel) => ({ ...panel, ...places.get(panel.id) }));
      expect(changedPlaces(again, arrange(again))).toBeNull();
    }
  });

  test("does not depend on the order in which panels are listed", () => {
    const panels = randomPanels(7);
    expect(arrange([...panels].reverse())).toEqual(
      new Map(inReadingOrder(panels).map(({ id }) => [id, arrange(panels).get(id)])),
    );
  });
});

describe("a step by keyboard", () => {
  const panels = [at("a", 0, 0, 6, 4), at("b", 6, 0, 6, 4), at("c", 0, 4, 6, 4)];

  test("moves within the grid and pushes others down", () => {
    const places = moved(panels, "a", "right");
    expect(spot(places.get("a"))).toEqual([1, 0, 6, 4]);
    expect(spot(places.get("b"))).toEqual([6, 4, 6, 4]);
  });

  test("stops at the edge", () => {
    expect(changedPlaces(panels, moved(panels, "a", "left"))).toBeNull();
    expect(changedPlaces(panels, moved(panels, "b", "right"))).toBeNull();
    expect(changedPlaces(panels, moved(panels, "a", "up"))).toBeNull();
    expect(changedPlaces(panels, moved(panels, "gone", "up"))).toBeNull();
  });

  test("up and down change places with the neighbour", () => {
    expect(spot(moved(panels, "c", "up").get("c"))).toEqual([0, 0, 6, 4]);
    expect(spot(moved(panels, "c", "up").get("a"))).toEqual([0, 4, 6, 4]);
    expect(spot(moved(panels, "a", "down").get("c"))).toEqual([0, 0, 6, 4]);
    expect(spot(moved(panels, "a", "down").get("a"))).toEqual([0, 4, 6, 4]);
  });

  test("resizes within the limits", () => {
    expect(spot(moved(panels, "c", "wider").get("c"))).toEqual([0, 4, 7, 4]);
    expect(spot(moved(panels, "b", "wider").get("b"))?.[2]).toBe(7);
    expect(spot(moved(panels, "a", "taller").get("a"))).toEqual([0, 0, 6, 5]);
    expect(spot(moved(panels, "a", "shorter").get("a"))).toEqual([0, 0, 6, 3]);
  });

  test("keeps everything apart whatever one does", () => {
    const steps = ["up", "down", "left", "right", "wider", "narrower", "taller"] as const;
    for (let seed = 1; seed <= 60; seed++) {
      let now = randomPanels(seed);
      for (const step of steps) {
        const places = moved(now, "p0", step);
        expect(overlapping(places.values())).toBe(false);
        now = now.map((panel) => ({ ...panel, ...places.get(panel.id) }));
      }
    }
  });
});

test("a new panel takes the first place where it fits", () => {
  const panels = [at("a", 0, 0, 6, 4), at("b", 0, 4, 12, 4)];
  expect(spot(freePlace(panels, { width: 6, height: 4 }))).toEqual([6, 0, 6, 4]);
  expect(spot(freePlace(panels, { width: 8, height: 4 }))).toEqual([0, 8, 8, 4]);
  expect(spot(freePlace([], { width: 3, height: 4 }))).toEqual([0, 0, 3, 4]);
  expect(rowsOf(panels)).toBe(8);
});
