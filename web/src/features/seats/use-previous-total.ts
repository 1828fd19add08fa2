import { useEffect, useState } from 'react'

/** The price of each selected seat by label and category. */
type Prices = ReadonlyMap<string, number>

const sum = (prices: Prices) => [...prices.values()].reduce((total, price) => total + price, 0)

/** The total at the time of selection, if it differs from the current one. */
export function usePreviousTotal(prices: Prices): number | undefined {
  const [chosen, setChosen] = useState(prices)
  const seats = [...prices.keys()].join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `seats` stands for the selection; known seats keep their first price.
  useEffect(() => {
    setChosen((before) => new Map([...prices].map(([seat, price]) => [seat, before.get(seat) ?? price])))
  }, [seats])
  const before = sum(new Map([...prices].map(([seat, price]) => [seat, chosen.get(seat) ?? price])))
  return before === sum(prices) ? undefined : before
}
