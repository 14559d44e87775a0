//! The last membership order.

use crate::field::Field;
use crate::resources::common::{own, server, text};
use crate::schema::Group;
use rust_decimal::Decimal;

crate::choice! {
    pub enum OrderStatus {
        AwaitingPayment = "awaiting payment",
        AwaitingShipping = "awaiting shipping",
        AwaitingPickup = "awaiting pickup",
        PartiallyShipped = "partially shipped",
        Shipped = "shipped",
        Completed = "completed",
        Cancelled = "cancelled",
        Disputed = "disputed",
        Open = "open",
        Returned = "returned",
        Void = "void",
    }
}

pub const ORDER_ID: Field<String> =
    Field::with(server(text("order_id", "The last membership order.")).refers_to("orders"));
pub const ORDER_LINE_ITEM_ID: Field<String> =
    own("order_line_item_id", "Its line for the package.");
pub const ORDER_NUMBER: Field<i64> = own("order_number", "Its number.");
pub const ORDER_BALANCE_DUE: Field<Decimal> =
    own("order_balance_due", "What is still to be paid on it.");
pub const ORDER_AMOUNT_PAID: Field<Decimal> = own("order_amount_paid", "What has been paid on it.");
pub const ORDER_CURRENCY_CODE: Field<String> = own("order_currency_code", "Its ISO 4217 currency.");
pub const ORDER_CURRENCY_SYMBOL: Field<String> =
    own("order_currency_symbol", "That currency's symbol.");
pub const ORDER_STATUS: Field<OrderStatus> = own("order_status", "Where it stands.");
pub const ORDER_TOTAL: Field<Decimal> = own("order_total", "What it comes to.");

pub const ORDER: Group = Group {
    title: "Last order",
    fields: &[
        ORDER_ID.def,
        ORDER_LINE_ITEM_ID.def,
        ORDER_NUMBER.def,
        ORDER_BALANCE_DUE.def,
        ORDER_AMOUNT_PAID.def,
        ORDER_CURRENCY_CODE.def,
        ORDER_CURRENCY_SYMBOL.def,
        ORDER_STATUS.def,
        ORDER_TOTAL.def,
    ],
};
