"""money"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = "ledger_entries, record_marks, stock_transactions"


def upgrade() -> None:
    op.create_table(
        "packages",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_packages_status_word")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_packages_name_length")),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000000000000", name=op.f("ck_packages_rate_range")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_packages_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packages")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_packages_vendor_id_id")),
    )
    op.create_table(
        "paper_numbers",
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'bill')", name=op.f("ck_paper_numbers_kind_word")),
        sa.CheckConstraint("last BETWEEN 0 AND 1000000000000", name=op.f("ck_paper_numbers_last_range")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_paper_numbers_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("vendor_id", "kind", name=op.f("pk_paper_numbers")),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("returnable", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stock_quantity", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_products_status_word")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_products_name_length")),
        sa.CheckConstraint("char_length(unit) BETWEEN 1 AND 40", name=op.f("ck_products_unit_length")),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000000000000", name=op.f("ck_products_rate_range")),
        sa.CheckConstraint(
            "stock_quantity BETWEEN 0 AND 10000000000000000", name=op.f("ck_products_stock_range")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_products_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_products_vendor_id_id")),
    )
    op.create_table(
        "services",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_services_status_word")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 200", name=op.f("ck_services_name_length")),
        sa.CheckConstraint("char_length(unit) BETWEEN 1 AND 40", name=op.f("ck_services_unit_length")),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000000000000", name=op.f("ck_services_rate_range")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_services_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_services_vendor_id_id")),
    )
    op.create_table(
        "bills",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_by", sa.BigInteger(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_bills_created_by_users")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_bills_vendor_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.user_id"], name=op.f("fk_bills_vendor_id_vendors")),
        sa.ForeignKeyConstraint(["voided_by"], ["users.id"], name=op.f("fk_bills_voided_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bills")),
        sa.UniqueConstraint("vendor_id", "number", name=op.f("uq_bills_vendor_id_number")),
    )
    op.create_index(op.f("ix_bills_customer_id_id"), "bills", ["customer_id", "id"], unique=False)
    op.create_table(
        "credits",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unallocated", sa.BigInteger(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "date BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'", name=op.f("ck_credits_date_range")
        ),
        sa.CheckConstraint("source IN ('payment', 'adjustment')", name=op.f("ck_credits_source_word")),
        sa.CheckConstraint("amount BETWEEN 1 AND 100000000000000000", name=op.f("ck_credits_amount_range")),
        sa.CheckConstraint(
            "reversed_at IS NULL OR unallocated = 0", name=op.f("ck_credits_nothing_left_when_reversed")
        ),
        sa.CheckConstraint("unallocated BETWEEN 0 AND amount", name=op.f("ck_credits_unallocated_range")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["accounts.customer_id"], name=op.f("fk_credits_customer_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_credits_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_credits")),
    )
    op.create_index(
        "ix_credits_unallocated",
        "credits",
        ["customer_id", "date"],
        unique=False,
        postgresql_where="unallocated > 0",
    )
    op.create_table(
        "empties",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "quantity BETWEEN -10000000000000000 AND 10000000000000000",
            name=op.f("ck_empties_quantity_range"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_empties_vendor_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "product_id"],
            ["products.vendor_id", "products.id"],
            name=op.f("fk_empties_vendor_id_product_id_products"),
        ),
        sa.PrimaryKeyConstraint("customer_id", "product_id", name=op.f("pk_empties")),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_by", sa.BigInteger(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_invoices_created_by_users")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_invoices_vendor_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_invoices_vendor_id_vendors")
        ),
        sa.ForeignKeyConstraint(["voided_by"], ["users.id"], name=op.f("fk_invoices_voided_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_invoices_vendor_id_id")),
        sa.UniqueConstraint("vendor_id", "number", name=op.f("uq_invoices_vendor_id_number")),
    )
    op.create_index(op.f("ix_invoices_customer_id_id"), "invoices", ["customer_id", "id"], unique=False)
    op.create_table(
        "package_components",
        sa.Column("package_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 9999999999000", name=op.f("ck_package_components_quantity_range")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "package_id"],
            ["packages.vendor_id", "packages.id"],
            name=op.f("fk_package_components_vendor_id_package_id_packages"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "product_id"],
            ["products.vendor_id", "products.id"],
            name=op.f("fk_package_components_vendor_id_product_id_products"),
        ),
        sa.PrimaryKeyConstraint("package_id", "product_id", name=op.f("pk_package_components")),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=True),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.BigInteger(), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'reversed') = (reversed_at IS NOT NULL)", name=op.f("ck_payments_reversed_when")
        ),
        sa.CheckConstraint(
            "date BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'", name=op.f("ck_payments_date_range")
        ),
        sa.CheckConstraint("item IN ('order', 'invoice', 'bill')", name=op.f("ck_payments_item_word")),
        sa.CheckConstraint(
            "method IN ('cash', 'upi', 'bank', 'other')", name=op.f("ck_payments_method_word")
        ),
        sa.CheckConstraint(
            "status IN ('claimed', 'confirmed', 'declined', 'reversed')", name=op.f("ck_payments_status_word")
        ),
        sa.CheckConstraint("(item IS NULL) = (item_id IS NULL)", name=op.f("ck_payments_item_whole")),
        sa.CheckConstraint("amount BETWEEN 1 AND 100000000000000000", name=op.f("ck_payments_amount_range")),
        sa.ForeignKeyConstraint(["answered_by"], ["users.id"], name=op.f("fk_payments_answered_by_users")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_payments_created_by_users")),
        sa.ForeignKeyConstraint(["reversed_by"], ["users.id"], name=op.f("fk_payments_reversed_by_users")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_payments_vendor_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_payments_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(
        "ix_payments_claims",
        "payments",
        ["customer_id", "id"],
        unique=False,
        postgresql_where="status = 'claimed'",
    )
    op.create_index(op.f("ix_payments_customer_id_id"), "payments", ["customer_id", "id"], unique=False)
    op.create_index(op.f("ix_payments_item_item_id"), "payments", ["item", "item_id"], unique=False)
    op.create_index(op.f("ix_payments_vendor_id_id"), "payments", ["vendor_id", "id"], unique=False)
    op.create_table(
        "settlements",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("record_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("order_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("written_off", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount BETWEEN 0 AND 100000000000000000", name=op.f("ck_settlements_amount_range")
        ),
        sa.CheckConstraint(
            "written_off BETWEEN 0 AND 100000000000000000", name=op.f("ck_settlements_written_off_range")
        ),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_settlements_by_users")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_settlements_vendor_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_settlements_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
    )
    op.create_index(op.f("ix_settlements_customer_id_id"), "settlements", ["customer_id", "id"], unique=False)
    op.create_table(
        "statements",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.Column("accepted_by_vendor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by_customer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_behalf_note", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "month = date_trunc('month', month)::date AND month BETWEEN DATE '1970-01-01' AND DATE '9999-12-01'",
            name=op.f("ck_statements_month_first"),
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR accepted_by_vendor_at IS NOT NULL",
            name=op.f("ck_statements_closed_when_accepted"),
        ),
        sa.CheckConstraint(
            "closing BETWEEN -100000000000000000 AND 100000000000000000",
            name=op.f("ck_statements_closing_range"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["accounts.customer_id"], name=op.f("fk_statements_customer_id_accounts")
        ),
        sa.PrimaryKeyConstraint("customer_id", "month", name=op.f("pk_statements")),
    )
    op.create_table(
        "stock_transactions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction", sa.Text(), nullable=False),
        sa.Column("old_quantity", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("new_quantity", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "NOT returned OR transaction = 'add'", name=op.f("ck_stock_transactions_returned_on_add")
        ),
        sa.CheckConstraint(
            "new_quantity = old_quantity + CASE transaction WHEN 'add' THEN quantity ELSE -quantity END",
            name=op.f("ck_stock_transactions_new_is_old_and_quantity"),
        ),
        sa.CheckConstraint(
            "transaction IN ('add', 'remove')", name=op.f("ck_stock_transactions_transaction_word")
        ),
        sa.CheckConstraint(
            "new_quantity BETWEEN 0 AND 10000000000000000",
            name=op.f("ck_stock_transactions_new_quantity_range"),
        ),
        sa.CheckConstraint(
            "old_quantity BETWEEN 0 AND 10000000000000000",
            name=op.f("ck_stock_transactions_old_quantity_range"),
        ),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 9999999999000", name=op.f("ck_stock_transactions_quantity_range")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_stock_transactions_created_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id"],
            ["customers.vendor_id", "customers.id"],
            name=op.f("fk_stock_transactions_vendor_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "product_id"],
            ["products.vendor_id", "products.id"],
            name=op.f("fk_stock_transactions_vendor_id_product_id_products"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_stock_transactions_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transactions")),
    )
    op.create_index(
        op.f("ix_stock_transactions_customer_id_id"),
        "stock_transactions",
        ["customer_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_stock_transactions_order",
        "stock_transactions",
        ["order_id"],
        unique=False,
        postgresql_where="order_id IS NOT NULL",
    )
    op.create_index(
        op.f("ix_stock_transactions_vendor_id_product_id_id"),
        "stock_transactions",
        ["vendor_id", "product_id", "id"],
        unique=False,
    )
    op.create_table(
        "allocations",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "target IN ('record', 'order', 'adjustment')", name=op.f("ck_allocations_target_word")
        ),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND 100000000000000000", name=op.f("ck_allocations_amount_range")
        ),
        sa.ForeignKeyConstraint(
            ["source", "source_id"],
            ["credits.source", "credits.source_id"],
            name=op.f("fk_allocations_source_source_id_credits"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index(
        op.f("ix_allocations_source_source_id"), "allocations", ["source", "source_id"], unique=False
    )
    op.create_index(
        "ix_allocations_target",
        "allocations",
        ["target", "target_id"],
        unique=False,
        postgresql_where="released_at IS NULL",
    )
    op.create_table(
        "bill_invoices",
        sa.Column("bill_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("fk_bill_invoices_bill_id_bills")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_bill_invoices_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("bill_id", "invoice_id", name=op.f("pk_bill_invoices")),
    )
    op.create_index(
        "uq_bill_invoices_once", "bill_invoices", ["invoice_id"], unique=True, postgresql_where="live"
    )
    op.create_table(
        "bill_lines",
        sa.Column("bill_id", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint("target IN ('record', 'order')", name=op.f("ck_bill_lines_target_word")),
        sa.ForeignKeyConstraint(["bill_id"], ["bills.id"], name=op.f("fk_bill_lines_bill_id_bills")),
        sa.PrimaryKeyConstraint("bill_id", "target", "target_id", name=op.f("pk_bill_lines")),
    )
    op.create_index(
        "uq_bill_lines_once", "bill_lines", ["target", "target_id"], unique=True, postgresql_where="live"
    )
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint("target IN ('record', 'order')", name=op.f("ck_invoice_lines_target_word")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "target", "target_id", name=op.f("pk_invoice_lines")),
    )
    op.create_index(
        "uq_invoice_lines_once",
        "invoice_lines",
        ["target", "target_id"],
        unique=True,
        postgresql_where="live",
    )
    op.add_column("adjustments", sa.Column("record_id", sa.BigInteger(), nullable=True))
    op.add_column("change_requests", sa.Column("item", sa.Text(), nullable=True))
    op.add_column("change_requests", sa.Column("item_id", sa.BigInteger(), nullable=True))
    op.alter_column("ledger_entries", "customer_id", existing_type=sa.BIGINT(), nullable=True)
    op.create_index(
        "ix_ledger_entries_walk_in",
        "ledger_entries",
        ["vendor_id", "date"],
        unique=False,
        postgresql_where="customer_id IS NULL",
    )
    op.add_column("lines", sa.Column("vendor_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE lines l SET vendor_id = a.vendor_id FROM accounts a WHERE a.customer_id = l.customer_id"
    )
    op.alter_column("lines", "vendor_id", nullable=False)
    op.add_column("lines", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("lines", "customer_id", existing_type=sa.BIGINT(), nullable=True)
    op.add_column("orders", sa.Column("item", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("item_id", sa.BigInteger(), nullable=True))
    op.execute("UPDATE lines SET settled_at = now() WHERE paid = amount")
    # Opening balances below zero were advance without a source; now they have one.
    op.execute(
        "INSERT INTO credits (source, source_id, vendor_id, customer_id, date, amount, unallocated)"
        " SELECT 'adjustment', id, vendor_id, customer_id, date, -amount, -amount"
        " FROM adjustments WHERE amount < 0"
    )
    for table in ("orders", "change_requests"):
        op.create_check_constraint(
            op.f(f"ck_{table}_item_word"),
            table,
            "(item IS NULL) = (item_id IS NULL) AND item IN ('product', 'package', 'service')",
        )
    op.create_check_constraint(
        op.f("ck_lines_settled_when_paid"), "lines", "(paid = amount) = (settled_at IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_lines_walk_in_is_paid"), "lines", "customer_id IS NOT NULL OR paid = amount"
    )
    # What was written down stays as it was: not even the owner may change it without granting it first.
    # The one column is for the row locks by which PostgreSQL itself looks after foreign keys.
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {APPEND_ONLY} FROM CURRENT_USER")
    op.execute(f"GRANT UPDATE (id) ON {APPEND_ONLY} TO CURRENT_USER")


def downgrade() -> None:
    op.execute(f"GRANT UPDATE, DELETE, TRUNCATE ON {APPEND_ONLY} TO CURRENT_USER")
    # Refused by the columns that must not be empty again while there is a sale to a walk-in.
    op.drop_constraint(op.f("ck_lines_walk_in_is_paid"), "lines", type_="check")
    op.drop_constraint(op.f("ck_lines_settled_when_paid"), "lines", type_="check")
    op.drop_column("orders", "item_id")
    op.drop_column("orders", "item")
    op.alter_column("lines", "customer_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("lines", "settled_at")
    op.drop_column("lines", "vendor_id")
    op.drop_index(
        "ix_ledger_entries_walk_in", table_name="ledger_entries", postgresql_where="customer_id IS NULL"
    )
    op.alter_column("ledger_entries", "customer_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("change_requests", "item_id")
    op.drop_column("change_requests", "item")
    op.drop_column("adjustments", "record_id")
    op.drop_index("uq_invoice_lines_once", table_name="invoice_lines", postgresql_where="live")
    op.drop_table("invoice_lines")
    op.drop_index("uq_bill_lines_once", table_name="bill_lines", postgresql_where="live")
    op.drop_table("bill_lines")
    op.drop_index("uq_bill_invoices_once", table_name="bill_invoices", postgresql_where="live")
    op.drop_table("bill_invoices")
    op.drop_index("ix_allocations_target", table_name="allocations", postgresql_where="released_at IS NULL")
    op.drop_index(op.f("ix_allocations_source_source_id"), table_name="allocations")
    op.drop_table("allocations")
    op.drop_index(op.f("ix_stock_transactions_vendor_id_product_id_id"), table_name="stock_transactions")
    op.drop_index(
        "ix_stock_transactions_order",
        table_name="stock_transactions",
        postgresql_where="order_id IS NOT NULL",
    )
    op.drop_index(op.f("ix_stock_transactions_customer_id_id"), table_name="stock_transactions")
    op.drop_table("stock_transactions")
    op.drop_table("statements")
    op.drop_index(op.f("ix_settlements_customer_id_id"), table_name="settlements")
    op.drop_table("settlements")
    op.drop_index(op.f("ix_payments_vendor_id_id"), table_name="payments")
    op.drop_index(op.f("ix_payments_item_item_id"), table_name="payments")
    op.drop_index(op.f("ix_payments_customer_id_id"), table_name="payments")
    op.drop_index("ix_payments_claims", table_name="payments", postgresql_where="status = 'claimed'")
    op.drop_table("payments")
    op.drop_table("package_components")
    op.drop_index(op.f("ix_invoices_customer_id_id"), table_name="invoices")
    op.drop_table("invoices")
    op.drop_table("empties")
    op.drop_index("ix_credits_unallocated", table_name="credits", postgresql_where="unallocated > 0")
    op.drop_table("credits")
    op.drop_index(op.f("ix_bills_customer_id_id"), table_name="bills")
    op.drop_table("bills")
    op.drop_table("services")
    op.drop_table("products")
    op.drop_table("paper_numbers")
    op.drop_table("packages")
