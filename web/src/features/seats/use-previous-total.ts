import { useEffect, useState } from 'react'

/** What each chosen seat cost when it was chosen, by its label and for whom it is. */
type Prices = ReadonlyMap<string, number>

const sum = (prices: Prices) => [...prices.values()].reduce((total, price) => total + price, 0)

/** What the chosen seats cost together when they were chosen, if that is another sum than now. */
export function usePreviousTotal(prices: Prices): number | undefined {
  const [chosen, setChosen] = useState(prices)
  const seats = [...prices.keys()].join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `seats` stands for what was chosen; its prices stay as they were.
  useEffect(() => {
    setChosen((before) => new Map([...prices].map(([seat, price]) => [seat, before.get(seat) ?? price])))
  }, [seats])
  const before = sum(new Map([...prices].map(([seat, price]) => [seat, chosen.get(seat) ?? price])))
  return before === sum(prices) ? undefined : before
}
