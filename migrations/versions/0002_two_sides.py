"""two sides"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holidays",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "starts_on BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_holidays_starts_on_range"),
        ),
        sa.CheckConstraint(
            "ends_on BETWEEN starts_on AND starts_on + 89", name=op.f("ck_holidays_at_most_90_days")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_holidays_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holidays")),
    )
    op.create_index(op.f("ix_holidays_user_id_ends_on"), "holidays", ["user_id", "ends_on"], unique=False)
    op.create_table(
        "rate_proposals",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=True),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("left_out", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "effective_from BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'",
            name=op.f("ck_rate_proposals_effective_from_range"),
        ),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000000000000", name=op.f("ck_rate_proposals_rate_range")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_rate_proposals_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_proposals")),
    )
    op.create_index(
        op.f("ix_rate_proposals_vendor_id_id"), "rate_proposals", ["vendor_id", "id"], unique=False
    )
    op.create_table(
        "custom_records",
        sa.Column(
            "id", sa.BigInteger(), server_default=sa.text("nextval('order_and_record_ids')"), nullable=False
        ),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("agreed_quantity", sa.BigInteger(), nullable=True),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "date BETWEEN DATE '1970-01-01' AND DATE '9999-12-31'", name=op.f("ck_custom_records_date_range")
        ),
        sa.CheckConstraint(
            "status = 'served' OR NOT disputed", name=op.f("ck_custom_records_dispute_of_served")
        ),
        sa.CheckConstraint("status IN ('served', 'cancelled')", name=op.f("ck_custom_records_status_word")),
        sa.CheckConstraint(
            "amount = round(rate::numeric * quantity / 1000)",
            name=op.f("ck_custom_records_amount_is_product"),
        ),
        sa.CheckConstraint(
            "amount BETWEEN 0 AND 100000000000000", name=op.f("ck_custom_records_amount_range")
        ),
        sa.CheckConstraint(
            "customer_id IS NOT NULL OR NOT disputed", name=op.f("ck_custom_records_dispute_needs_customer")
        ),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 9999999999000", name=op.f("ck_custom_records_quantity_range")
        ),
        sa.CheckConstraint(
            "agreed_quantity BETWEEN 1 AND 9999999999000",
            name=op.f("ck_custom_records_agreed_quantity_range"),
        ),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000000000000", name=op.f("ck_custom_records_rate_range")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_custom_records_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["users.id"], name=op.f("fk_custom_records_updated_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "customer_id", "order_id"],
            ["orders.vendor_id", "orders.customer_id", "orders.id"],
            name=op.f("fk_custom_records_vendor_id_customer_id_order_id_orders"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.user_id"], name=op.f("fk_custom_records_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_records")),
        sa.UniqueConstraint("order_id", name=op.f("uq_custom_records_order_id")),
    )
    op.create_index(
        op.f("ix_custom_records_customer_id_date"), "custom_records", ["customer_id", "date"], unique=False
    )
    op.create_index(
        op.f("ix_custom_records_vendor_id_date"), "custom_records", ["vendor_id", "date"], unique=False
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "char_length(content) BETWEEN 1 AND 2000", name=op.f("ck_comments_content_length")
        ),
        sa.CheckConstraint("num_nonnulls(order_id, record_id) = 1", name=op.f("ck_comments_of_one_thing")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_comments_order_id_orders")),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_comments_record_id_records")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_comments_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(
        op.f("ix_comments_order_id_id"),
        "comments",
        ["order_id", "id"],
        unique=False,
        postgresql_where="order_id IS NOT NULL",
    )
    op.create_index(
        op.f("ix_comments_record_id_id"),
        "comments",
        ["record_id", "id"],
        unique=False,
        postgresql_where="record_id IS NOT NULL",
    )
    op.add_column("change_requests", sa.Column("rate_proposal_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_change_requests_rate_proposal",
        "change_requests",
        ["rate_proposal_id", "id"],
        unique=False,
        postgresql_where="rate_proposal_id IS NOT NULL",
    )
    op.create_foreign_key(
        op.f("fk_change_requests_rate_proposal_id_rate_proposals"),
        "change_requests",
        "rate_proposals",
        ["rate_proposal_id"],
        ["id"],
    )
    op.create_index(op.f("ix_notices_user_id_topic"), "notices", ["user_id", "topic"], unique=False)
    op.add_column("orders", sa.Column("message", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("ended_by", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("fk_orders_ended_by_users"), "orders", "users", ["ended_by"], ["id"])
    op.create_index(
        "ix_orders_on_demand",
        "orders",
        ["vendor_id", "state", "start_date"],
        postgresql_where="order_type_id = 2",
    )
    op.add_column("orders", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("on_behalf_note", sa.Text(), nullable=True))
    op.alter_column("orders", "customer_id", existing_type=sa.BIGINT(), nullable=True)
    op.alter_column("orders", "rate", existing_type=sa.BIGINT(), nullable=True)
    op.alter_column("orders", "amount", existing_type=sa.BIGINT(), nullable=True)
    op.alter_column("orders", "weekdays", existing_type=postgresql.ARRAY(sa.SMALLINT()), nullable=True)
    op.alter_column("orders", "every", existing_type=sa.SMALLINT(), nullable=True)
    op.create_foreign_key(
        op.f("fk_orders_vendor_id_vendors"), "orders", "vendors", ["vendor_id"], ["user_id"]
    )
    op.add_column("pauses", sa.Column("holiday_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_pauses_holiday_id"), "pauses", ["holiday_id"], unique=False)
    op.create_foreign_key(op.f("fk_pauses_holiday_id_holidays"), "pauses", "holidays", ["holiday_id"], ["id"])
    op.drop_column("pauses", "acknowledged_at")
    op.drop_constraint(op.f("ck_orders_state_word"), "orders", type_="check")
    op.create_check_constraint(
        op.f("ck_orders_state_word"),
        "orders",
        "(order_type_id = 1 AND state IN ('proposed', 'active', 'declined'))"
        " OR (order_type_id = 2 AND state IN"
        " ('requested', 'accepted', 'offered', 'declined', 'served', 'cancelled'))",
    )
    op.create_check_constraint(
        op.f("ck_orders_scheduled_is_whole"),
        "orders",
        "order_type_id <> 1 OR (customer_id IS NOT NULL AND rate IS NOT NULL AND amount IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_orders_rhythm_when_scheduled"),
        "orders",
        '(order_type_id = 1) = (weekdays IS NOT NULL AND "every" IS NOT NULL)',
    )
    op.create_check_constraint(
        op.f("ck_orders_amount_range"), "orders", "amount BETWEEN 0 AND 100000000000000"
    )


def downgrade() -> None:
    # Refused by this check while there are on-demand orders: the older program has no words for them.
    op.drop_constraint(op.f("ck_orders_state_word"), "orders", type_="check")
    op.create_check_constraint(
        op.f("ck_orders_state_word"), "orders", "state IN ('proposed', 'active', 'declined')"
    )
    op.drop_constraint(op.f("ck_orders_amount_range"), "orders", type_="check")
    op.drop_constraint(op.f("ck_orders_rhythm_when_scheduled"), "orders", type_="check")
    op.drop_constraint(op.f("ck_orders_scheduled_is_whole"), "orders", type_="check")
    op.add_column(
        "pauses",
        sa.Column("acknowledged_at", postgresql.TIMESTAMP(timezone=True), autoincrement=False, nullable=True),
    )
    op.drop_constraint(op.f("fk_pauses_holiday_id_holidays"), "pauses", type_="foreignkey")
    op.drop_index(op.f("ix_pauses_holiday_id"), table_name="pauses")
    op.drop_column("pauses", "holiday_id")
    op.drop_constraint(op.f("fk_orders_vendor_id_vendors"), "orders", type_="foreignkey")
    op.alter_column("orders", "every", existing_type=sa.SMALLINT(), nullable=False)
    op.alter_column("orders", "weekdays", existing_type=postgresql.ARRAY(sa.SMALLINT()), nullable=False)
    op.alter_column("orders", "amount", existing_type=sa.BIGINT(), nullable=False)
    op.alter_column("orders", "rate", existing_type=sa.BIGINT(), nullable=False)
    op.alter_column("orders", "customer_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_index("ix_orders_on_demand", table_name="orders")
    op.drop_constraint(op.f("fk_orders_ended_by_users"), "orders", type_="foreignkey")
    op.drop_column("orders", "ended_at")
    op.drop_column("orders", "ended_by")
    op.drop_column("orders", "on_behalf_note")
    op.drop_column("orders", "reason")
    op.drop_column("orders", "message")
    op.drop_index(op.f("ix_notices_user_id_topic"), table_name="notices")
    op.drop_constraint(
        op.f("fk_change_requests_rate_proposal_id_rate_proposals"), "change_requests", type_="foreignkey"
    )
    op.drop_index(
        "ix_change_requests_rate_proposal",
        table_name="change_requests",
        postgresql_where="rate_proposal_id IS NOT NULL",
    )
    op.drop_column("change_requests", "rate_proposal_id")
    op.drop_index(
        op.f("ix_comments_record_id_id"), table_name="comments", postgresql_where="record_id IS NOT NULL"
    )
    op.drop_index(
        op.f("ix_comments_order_id_id"), table_name="comments", postgresql_where="order_id IS NOT NULL"
    )
    op.drop_table("comments")
    op.drop_index(op.f("ix_custom_records_vendor_id_date"), table_name="custom_records")
    op.drop_index(op.f("ix_custom_records_customer_id_date"), table_name="custom_records")
    op.drop_table("custom_records")
    op.drop_index(op.f("ix_rate_proposals_vendor_id_id"), table_name="rate_proposals")
    op.drop_table("rate_proposals")
    op.drop_index(op.f("ix_holidays_user_id_ends_on"), table_name="holidays")
    op.drop_table("holidays")
