/** A first query, shown at the start and opened in both explorers. */
export const FIRST_QUERY = `query FirstLook {
  products(first: 5) {
    nodes {
      id
      title
      media { url(width: 320) }
      priceRange { min { decimal currency } }
      averageRating
      merchant { name }
    }
  }
}`;
