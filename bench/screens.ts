/** The storefront's main screens, as a client would ask for them. */
export interface Screen {
  readonly name: string;
  readonly query: string;
}

export const HOME: Screen = {
  name: 'home list of 20',
  query: `query Home($first: Int = 20) {
  products(first: $first) {
    nodes { id slug title media { url(width: 320) altText } priceRange { min { amount currency decimal } max { amount } } averageRating }
    pageInfo { hasNextPage endCursor }
  }
}`,
};

export const PRODUCT_PAGE: Screen = {
  name: 'product page',
  query: `query ProductPage($id: ID!, $variants: Int = 50, $reviews: Int = 10) {
  product(id: $id) {
    id title description brand status
    categories { id name }
    options { name values { name } }
    attributes { key value }
    media { url(width: 800) width height }
    merchant { id name slug }
    variants(first: $variants) { nodes { id sku title selectedOptions { name value } price { amount currency decimal } compareAtPrice { amount } availableForSale } }
    ratingSummary { average count distribution { rating count } }
    reviews(first: $reviews) { nodes { id rating title body createdAt verifiedPurchase author { id displayName avatarUrl } reply { body repliedAt } } pageInfo { hasNextPage endCursor } }
  }
}`,
};

export const SEARCH: Screen = {
  name: 'search',
  query: `query Search($query: String!, $first: Int = 20) {
  productSearch(input: { query: $query }, first: $first) {
    totalCount { value isExact }
    nodes { id title media { url(width: 320) } priceRange { min { amount currency decimal } } averageRating merchant { name } }
    pageInfo { hasNextPage endCursor }
  }
}`,
};

export const CART: Screen = {
  name: 'cart',
  query: `query Cart {
  cart {
    id version currency totalQuantity readyForCheckout
    groups {
      merchant { id name }
      lines { id quantity unitPrice { amount currency decimal } total { amount } variant { id title sku product { id title media { url(width: 160) } } } }
      selectedDelivery { id title price { amount } }
      totals { subtotal { amount } shipping { amount } total { amount } }
    }
    totals { subtotal { amount } discount { amount } shipping { amount } tax { amount } total { amount currency decimal } }
    issues { code message blocking }
  }
}`,
};

export const ORDER_HISTORY: Screen = {
  name: 'order history',
  query: `query OrderHistory($first: Int = 20) {
  me {
    id
    orders(first: $first) {
      nodes {
        id number status paymentStatus placedAt allowedActions
        merchant { id name }
        lines { id quantity total { amount currency decimal } snapshot { title variantTitle imageUrl } product { id slug } }
        totals { total { amount currency decimal } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
};
